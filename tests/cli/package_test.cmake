# cmake -DBUILD=... -DSOURCE=... -DCOMPILER=... -P package_test.cmake
# Installs the build into an empty folder, builds a stranger's project against it and runs what came out.
set(work ${BUILD}/package_test)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "'${ARGN}' ended with ${code}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/installed)
run(${CMAKE_COMMAND} -G Ninja -S ${SOURCE}/tests/cli/package -B ${work}/build -DCMAKE_PREFIX_PATH=${work}/installed -DCMAKE_CXX_COMPILER=${COMPILER}
    "-DCMAKE_CXX_FLAGS=${FLAGS}")
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/stranger)
if(NOT output STREQUAL "division-by-zero\n")
  message(FATAL_ERROR "expected 'division-by-zero', found '${output}'")
endif()
# The installed command starts from anywhere: its libraries are found without LD_LIBRARY_PATH.
run(${work}/installed/bin/assay explain division-by-zero)
if(NOT output MATCHES "CWE-369")
  message(FATAL_ERROR "the installed command printed '${output}'")
endif()
file(REMOVE_RECURSE ${work})
