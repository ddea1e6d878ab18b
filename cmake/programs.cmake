# SPDX-License-Identifier: Apache-2.0
# Programs and suites beside the GoogleTest ones: Node peers, golden runs, benchmarks. One block each.
find_program(NODE node)

# WeChat and Weibo against independent npm implementations (npm ci --prefix tests/e2e).
add_executable(channel_probe tests/tools/channel_probe.cc)
target_link_libraries(channel_probe PRIVATE ${MINSHENG_PARTS} GTest::gtest)
if(NODE)
  add_test(NAME "service/social: npm peers"
           COMMAND ${NODE} --test ${PROJECT_SOURCE_DIR}/tests/e2e/wechat_peers.mjs)
  set_tests_properties("service/social: npm peers" PROPERTIES LABELS service TIMEOUT 120
                       ENVIRONMENT "CHANNEL_PROBE=$<TARGET_FILE:channel_probe>")
endif()

# Kills at random moments; the long form is script/faults.
if(NODE)
  add_test(NAME "faults: nothing lost, nothing doubled"
           COMMAND ${NODE} --test ${PROJECT_SOURCE_DIR}/tests/faults/faults.test.mjs)
  set_tests_properties("faults: nothing lost, nothing doubled" PROPERTIES LABELS faults TIMEOUT 900 RUN_SERIAL ON
                       ENVIRONMENT "MINSHENG_BINARY=$<TARGET_FILE:minsheng>")
endif()

# The whole program, each suite against its own `minsheng serve`.
if(NODE)
  foreach(suite callback walk postgresql platform units bad_input trouble conversations incidents knowledge rules_replay rules_learn rules_versions calendar forms keeping)
    add_test(NAME "e2e: ${suite}" COMMAND ${NODE} --test ${PROJECT_SOURCE_DIR}/tests/e2e/${suite}.test.mjs)
    set_tests_properties("e2e: ${suite}" PROPERTIES LABELS e2e TIMEOUT 300
                         ENVIRONMENT "MINSHENG_BINARY=$<TARGET_FILE:minsheng>")
  endforeach()
endif()

# Configuration and data folder may be named once for every command, as in the container image.
add_test(NAME "cli: the configuration file is taken from the environment"
         COMMAND ${CMAKE_COMMAND} -E env MINSHENG_CONFIG=/nowhere/minsheng.toml $<TARGET_FILE:minsheng> config check)
set_tests_properties("cli: the configuration file is taken from the environment" PROPERTIES
                     PASS_REGULAR_EXPRESSION "/nowhere/minsheng.toml")
add_test(NAME "cli: the data folder is taken from the environment"
         COMMAND ${CMAKE_COMMAND} -E env MINSHENG_DATA=/nowhere $<TARGET_FILE:minsheng> orders list)
set_tests_properties("cli: the data folder is taken from the environment" PROPERTIES
                     PASS_REGULAR_EXPRESSION "/nowhere/minsheng.db")
add_test(NAME "cli: a data folder that cannot be written is an error that says who must own it"
         COMMAND minsheng --data /proc/nowhere serve)
set_tests_properties("cli: a data folder that cannot be written is an error that says who must own it" PROPERTIES
                     PASS_REGULAR_EXPRESSION "/proc/nowhere/lock: .*must belong to the user that runs minsheng .uid ")
