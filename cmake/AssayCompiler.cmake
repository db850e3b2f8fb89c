# Warnings are errors; the compiler cache is used where it is installed.
add_library(assay_compile_options INTERFACE)
target_compile_options(assay_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wunused -Woverloaded-virtual
  -Wno-missing-field-initializers -Werror)
target_include_directories(assay_compile_options INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies inside std::string where there are none (GCC bug 105651).
  target_compile_options(assay_compile_options INTERFACE -Wno-restrict)
  # With a precompiled header it forgets which code is the library's and warns about its string copies.
  set(ASSAY_PRECOMPILED_OPTIONS -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of libstdc++ 12 calls a function that it marks as deprecated, and clang++ reports the call. g++ reports ours.
  target_compile_options(assay_compile_options INTERFACE -Wno-deprecated-declarations)
endif()

# Two compilers at once on torch's or Clang's headers fit 8 GB; on a smaller or wider machine the pool keeps it so.
cmake_host_system_information(RESULT _memory_mb QUERY TOTAL_PHYSICAL_MEMORY)
cmake_host_system_information(RESULT _cores QUERY NUMBER_OF_LOGICAL_CORES)
math(EXPR _jobs "${_memory_mb} / 2048")
if(_jobs LESS 1)
  set(_jobs 1)
elseif(_jobs GREATER _cores)
  set(_jobs ${_cores})
endif()
set_property(GLOBAL PROPERTY JOB_POOLS compile=${_jobs} link=2)
set(CMAKE_JOB_POOL_COMPILE compile)
set(CMAKE_JOB_POOL_LINK link)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

if(ASSAY_SANITIZE)
  # Without vptr: LLVM's libraries have virtual tables without type information, which the linker may take for a class that both use.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()
if(ASSAY_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
