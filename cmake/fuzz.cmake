# SPDX-License-Identifier: Apache-2.0
# Fuzz targets (tests/fuzz). Every build with tests runs them over the corpus and all findings (unit_fuzz); the preset
# "fuzz" (clang) builds libFuzzer programs from them, and nothing else.
file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/*.cc)
list(REMOVE_ITEM fuzz_sources ${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_main.cc)
add_library(fuzz_targets OBJECT ${fuzz_sources})
target_link_libraries(fuzz_targets PUBLIC ms_base ms_text ms_rules ms_http ms_mail ms_channels PkgConfig::OPENCC)
set_target_properties(fuzz_targets PROPERTIES UNITY_BUILD ${MINSHENG_UNITY} UNITY_BUILD_BATCH_SIZE 8)
if(TARGET unit_fuzz)
  target_link_libraries(unit_fuzz PRIVATE fuzz_targets)
endif()

if(MINSHENG_FUZZ)
  enable_testing()
  add_custom_target(fuzz)
  # What every run in continuous integration does: so many inputs, always the same ones.
  set(runs_condition 40000)
  set(runs_fold 40000)
  set(runs_engine 1500)
  set(runs_rule_files 1500)
  set(runs_push 20000)
  set(runs_mail 3000)
  set(runs_transcript 3000)
  foreach(target condition fold engine rule_files push mail transcript)
    add_executable(fuzz_${target} tests/fuzz/fuzz_main.cc)
    target_compile_definitions(fuzz_${target} PRIVATE MINSHENG_FUZZ_TARGET="${target}")
    target_link_libraries(fuzz_${target} PRIVATE fuzz_targets ms_base ms_text ms_rules ms_http ms_mail ms_channels)
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz fuzz_${target})
    # The corpus is read, never written.
    add_test(NAME "fuzz: ${target}"
             COMMAND fuzz_${target} -runs=${runs_${target}} -seed=1 -max_len=2048 -timeout=20 -rss_limit_mb=2048
                     -dict=${PROJECT_SOURCE_DIR}/tests/fuzz/dictionary -print_final_stats=1
                     -artifact_prefix=${PROJECT_BINARY_DIR}/ ${PROJECT_BINARY_DIR}/found_${target}
                     ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${target})
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/found_${target})
    set_tests_properties("fuzz: ${target}" PROPERTIES LABELS fuzz TIMEOUT 300)
  endforeach()
endif()
