# SPDX-License-Identifier: Apache-2.0
# Puts the shipped RuleSet and configuration data into the binary, so that it runs from anywhere:
# one assembler file with .incbin (no compiler time) and a table of names.
enable_language(ASM)
file(GLOB_RECURSE embedded CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} rules/*.json config/*.json config/*.toml config/*.txt)
set(assembly "  .section .rodata\n")
set(table "")
set(index 0)
foreach(file ${embedded})
  string(APPEND assembly "  .balign 8\n  .global ms_embedded_${index}\nms_embedded_${index}:\n  .incbin \"${PROJECT_SOURCE_DIR}/${file}\"\n"
                         "  .global ms_embedded_end_${index}\nms_embedded_end_${index}:\n  .byte 0\n")
  string(APPEND table "MINSHENG_EMBEDDED(${index}, \"${file}\")\n")
  math(EXPR index "${index} + 1")
endforeach()
string(APPEND assembly "  .section .note.GNU-stack,\"\",@progbits\n")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/embedded.S CONTENT "${assembly}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/embedded_table.inc CONTENT "${table}")
list(TRANSFORM embedded PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE embedded_paths)
set_source_files_properties(${PROJECT_BINARY_DIR}/generated/embedded.S PROPERTIES OBJECT_DEPENDS "${embedded_paths}")
target_sources(ms_base PRIVATE ${PROJECT_BINARY_DIR}/generated/embedded.S)
