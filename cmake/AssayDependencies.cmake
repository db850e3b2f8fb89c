# Third-party libraries, each as an imported target with the name that the link lines use.
#
# libtorch and Z3 come out of their Python wheels: the wheel's own CMake files are not used, since those of a CUDA
# build demand a CUDA toolkit. -DASSAY_TORCH=DIR names a libtorch folder (with include/ and lib/) of one's own.
set(ASSAY_VENV "${CMAKE_SOURCE_DIR}/build/venv" CACHE PATH "Virtual environment that holds the torch and z3-solver wheels")
file(GLOB _assay_site "${ASSAY_VENV}/lib/python3*/site-packages")

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED CONFIG)
find_package(nlohmann_json 3.11 REQUIRED CONFIG)
find_package(spdlog 1.10 REQUIRED CONFIG)
find_package(SQLite3 REQUIRED)
find_path(TOMLPP_INCLUDE toml++/toml.h REQUIRED)
find_path(EXPECTED_INCLUDE tl/expected.hpp REQUIRED)
find_path(XXHASH_INCLUDE xxhash.h REQUIRED)
find_path(SQLITECPP_INCLUDE SQLiteCpp/SQLiteCpp.h REQUIRED)
find_library(SQLITECPP_LIBRARY SQLiteCpp REQUIRED)
find_path(SECCOMP_INCLUDE seccomp.h REQUIRED)
find_library(SECCOMP_LIBRARY seccomp REQUIRED)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
find_path(VALIJSON_INCLUDE valijson/validator.hpp REQUIRED)
find_path(BOOST_GRAPH_INCLUDE boost/graph/adjacency_list.hpp REQUIRED)
find_path(GRAPHVIZ_INCLUDE graphviz/gvc.h REQUIRED)
find_library(GRAPHVIZ_GVC gvc REQUIRED)
find_library(GRAPHVIZ_CGRAPH cgraph REQUIRED)

# ---- LLVM and Clang -------------------------------------------------------------------------------------------------
find_package(LLVM 19.1 REQUIRED CONFIG PATHS /usr/lib/llvm-19 NO_DEFAULT_PATH)
find_package(Clang REQUIRED CONFIG PATHS /usr/lib/llvm-19 NO_DEFAULT_PATH)
add_library(assay_clang INTERFACE)
target_include_directories(assay_clang SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS})
target_compile_options(assay_clang INTERFACE -fno-rtti)
target_link_libraries(assay_clang INTERFACE clang-cpp LLVM)

# ---- Z3 -------------------------------------------------------------------------------------------------------------
find_path(Z3_INCLUDE z3++.h HINTS ${_assay_site}/z3/include NO_DEFAULT_PATH REQUIRED)
find_library(Z3_LIBRARY z3 HINTS ${_assay_site}/z3/lib NO_DEFAULT_PATH REQUIRED)
add_library(assay_z3 INTERFACE)
target_include_directories(assay_z3 SYSTEM INTERFACE ${Z3_INCLUDE})
target_link_libraries(assay_z3 INTERFACE ${Z3_LIBRARY})

# ---- libtorch -------------------------------------------------------------------------------------------------------
set(ASSAY_TORCH "" CACHE PATH "A libtorch folder (include/ and lib/); empty: the wheel in ASSAY_VENV")
if(ASSAY_TORCH)
  set(_torch ${ASSAY_TORCH})
else()
  set(_torch ${_assay_site}/torch)
endif()
find_library(TORCH_LIBRARY torch HINTS ${_torch}/lib NO_DEFAULT_PATH REQUIRED)
find_library(TORCH_CPU_LIBRARY torch_cpu HINTS ${_torch}/lib NO_DEFAULT_PATH REQUIRED)
find_library(C10_LIBRARY c10 HINTS ${_torch}/lib NO_DEFAULT_PATH REQUIRED)
find_library(TORCH_CUDA_LIBRARY torch_cuda HINTS ${_torch}/lib NO_DEFAULT_PATH)
find_library(C10_CUDA_LIBRARY c10_cuda HINTS ${_torch}/lib NO_DEFAULT_PATH)
add_library(assay_torch INTERFACE)
target_include_directories(assay_torch SYSTEM INTERFACE ${_torch}/include ${_torch}/include/torch/csrc/api/include)
# The wheel's include folder holds an fmt of its own, which hides the system's: used header-only, it needs no library of that version.
target_compile_definitions(assay_torch INTERFACE _GLIBCXX_USE_CXX11_ABI=1 FMT_HEADER_ONLY=1)
target_link_libraries(assay_torch INTERFACE -Wl,--no-as-needed ${TORCH_LIBRARY} ${TORCH_CPU_LIBRARY} ${C10_LIBRARY})
if(TORCH_CUDA_LIBRARY AND C10_CUDA_LIBRARY)
  target_link_libraries(assay_torch INTERFACE ${TORCH_CUDA_LIBRARY} ${C10_CUDA_LIBRARY})
endif()
target_link_libraries(assay_torch INTERFACE -Wl,--as-needed)

# ---- PCRE2, 8-bit code units ----------------------------------------------------------------------------------------
find_path(PCRE2_INCLUDE pcre2.h REQUIRED)
find_library(PCRE2_LIBRARY pcre2-8 REQUIRED)
add_library(assay_pcre2 INTERFACE)
target_include_directories(assay_pcre2 SYSTEM INTERFACE ${PCRE2_INCLUDE})
target_link_libraries(assay_pcre2 INTERFACE ${PCRE2_LIBRARY})

# ---- small ones -----------------------------------------------------------------------------------------------------
add_library(assay_header_libraries INTERFACE)
target_include_directories(assay_header_libraries SYSTEM INTERFACE ${TOMLPP_INCLUDE} ${EXPECTED_INCLUDE} ${XXHASH_INCLUDE})
target_link_libraries(assay_header_libraries INTERFACE fmt::fmt nlohmann_json::nlohmann_json)
if(ASSAY_TESTS)
  find_package(GTest REQUIRED)
  find_path(RAPIDCHECK_INCLUDE rapidcheck.h REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
endif()
