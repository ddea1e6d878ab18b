# SPDX-License-Identifier: Apache-2.0
# bench/<name>.cc -> program bench_<name>; what they share is bench_shared. vectorscan, the yardstick of
# `classify` and `rules-scale`, is optional and linked by these alone (libvectorscan-dev, or libhyperscan-dev:
# Debian installs only one of the two).
pkg_check_modules(VECTORSCAN IMPORTED_TARGET libhs)

add_library(bench_shared OBJECT bench/report.cc bench/corpus.cc bench/load.cc bench/running.cc)
target_include_directories(bench_shared PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(bench_shared PUBLIC ${MINSHENG_PARTS})

add_executable(bench_classify bench/classify.cc bench/vectorscan.cc)
if(VECTORSCAN_FOUND)
  target_compile_definitions(bench_classify PRIVATE MINSHENG_VECTORSCAN)
  target_link_libraries(bench_classify PRIVATE PkgConfig::VECTORSCAN)
endif()
add_executable(bench_rules-scale bench/rules_scale.cc bench/rules_corpus.cc bench/rules_peers.cc bench/vectorscan.cc)
if(VECTORSCAN_FOUND)
  target_compile_definitions(bench_rules-scale PRIVATE MINSHENG_VECTORSCAN)
  target_link_libraries(bench_rules-scale PRIVATE PkgConfig::VECTORSCAN)
endif()
add_executable(bench_durable bench/durable.cc bench/ceilings.cc)
add_executable(bench_memory bench/memory.cc)
add_executable(bench_orders bench/orders.cc bench/ceilings.cc bench/ceilings_postgresql.cc)
add_executable(bench_orders-scale bench/orders_scale.cc)
add_executable(bench_replay bench/replay.cc)
add_executable(bench_search bench/search.cc)
foreach(program bench_classify bench_rules-scale bench_durable bench_memory bench_replay bench_orders bench_orders-scale bench_search)
  target_link_libraries(${program} PRIVATE bench_shared ${MINSHENG_PARTS})
endforeach()

add_executable(bench_sweep bench/sweep.cc)
target_link_libraries(bench_sweep PRIVATE bench_shared ${MINSHENG_PARTS})
add_test(NAME "bench: sweep" COMMAND bench_sweep --count 200 --folder ${CMAKE_BINARY_DIR}/bench-data)
set_tests_properties("bench: sweep" PROPERTIES LABELS bench TIMEOUT 120)

# Each runs once with tiny settings, so that it keeps working; nothing here is timed.
add_test(NAME "bench: classify" COMMAND bench_classify --count 40 --rounds 1 --ms 1)
add_test(NAME "bench: rules-scale" COMMAND bench_rules-scale --quick --folder ${CMAKE_BINARY_DIR}/bench-data
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
add_test(NAME "bench: durable" COMMAND bench_durable --count 40 --rounds 1 --folder ${CMAKE_BINARY_DIR}/bench-data)
add_test(NAME "bench: memory" COMMAND bench_memory --count 40 --program $<TARGET_FILE:minsheng>
                                      --folder ${CMAKE_BINARY_DIR}/bench-data)
add_test(NAME "bench: replay" COMMAND bench_replay --count 200 --rounds 1 --folder ${CMAKE_BINARY_DIR}/bench-data)
add_test(NAME "bench: search" COMMAND bench_search --count 300 --rounds 1 --folder ${CMAKE_BINARY_DIR}/bench-data)
add_test(NAME "bench: orders" COMMAND bench_orders --count 40 --rounds 1 --folder ${CMAKE_BINARY_DIR}/bench-data)
add_test(NAME "bench: orders-scale" COMMAND bench_orders-scale --quick --folder ${CMAKE_BINARY_DIR}/bench-data)
set_tests_properties("bench: orders" "bench: orders-scale" "bench: classify" "bench: rules-scale" "bench: durable" "bench: memory" "bench: replay" "bench: search" PROPERTIES LABELS bench TIMEOUT 120)
