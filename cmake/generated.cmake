# SPDX-License-Identifier: Apache-2.0
# Sources made at build time.

# The folding table of src/text/fold.cc, from ICU's and OpenCC's data.
add_executable(fold_table src/text/gen/fold_table.cc)
target_include_directories(fold_table PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(fold_table PRIVATE ICU::uc ICU::i18n PkgConfig::OPENCC)
set(MINSHENG_FOLD_TABLE ${PROJECT_BINARY_DIR}/generated/text/fold_table.inc)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated/text)
add_custom_command(OUTPUT ${MINSHENG_FOLD_TABLE} COMMAND fold_table ${MINSHENG_FOLD_TABLE} DEPENDS fold_table
                   COMMENT "Making the folding table" VERBATIM)
add_custom_target(fold_table_inc DEPENDS ${MINSHENG_FOLD_TABLE})
if(TARGET ms_text)
  add_dependencies(ms_text fold_table_inc)
endif()
