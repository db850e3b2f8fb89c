// Each way out of the sandbox is tried by a C program, built and run as a model's code would be.
#include "base/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "base/files.h"

namespace assay {
namespace {

using testing::HasSubstr;

/// The parameter: with sanitizers or without.
class Sandbox : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  }

  NativeRunResult run(const std::string& body, double seconds = 20) const {
    NativeRunSpec spec;
    spec.sources = {{"attempt.c",
                     "#define _GNU_SOURCE\n#include <errno.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
                     "#include <fcntl.h>\n#include <sched.h>\n#include <pthread.h>\n#include <sys/socket.h>\n#include <sys/stat.h>\n"
                     "int main(void) {\n" +
                         body + "\n}\n"}};
    spec.flags = {"-std=gnu17", "-O0", "-pthread"};
    spec.sanitizers = GetParam() ? Sanitizers::kAddressAndUndefined : Sanitizers::kNone;
    spec.wall_seconds = seconds;
    spec.memory_mb = 512;
    Result<NativeRunResult> result = compile_and_run(spec);
    EXPECT_TRUE(result) << result.error().to_string();
    EXPECT_TRUE(result && result->compiled) << (result ? result->compiler_output : "");
    return result ? *result : NativeRunResult{};
  }
};

TEST_P(Sandbox, runs_an_honest_program) {
  NativeRunResult result = run("char line[9]; fgets(line, 9, stdin); puts(\"hello\"); return 3;");
  EXPECT_EQ(result.process.output, "hello\n");
  EXPECT_EQ(result.process.exit_code, 3);
}

TEST_P(Sandbox, contains_a_fork_bomb) {
  NativeRunResult result =
      run("int made = 0; for (int i = 0; i < 2000; ++i) { if (fork() >= 0) ++made; if (vfork() >= 0) _exit(9); }\n"
          "printf(\"%d %s\\n\", made, strerror(errno)); return 0;");
  EXPECT_EQ(result.process.output, "0 Resource temporarily unavailable\n") << result.process.error_output;
}

TEST_P(Sandbox, contains_a_new_namespace) { EXPECT_EQ(run("printf(\"%d\", unshare(CLONE_NEWUSER)); return 0;").process.output, "-1"); }

TEST_P(Sandbox, ends_an_endless_loop) {
  NativeRunResult result = run("for (volatile int i = 0;; ++i) if (i > 1000) i = 0;", 1);
  EXPECT_TRUE(result.process.timed_out);
}

TEST_P(Sandbox, refuses_every_write_outside_the_working_folder) {
  NativeRunResult result =
      run("const char *paths[] = {\"/x\", \"/usr/x\", \"/usr/bin/x\", \"/etc/x\", \"/dev/x\", \"/dev/shm/x\", \"/proc/sys/kernel/core_pattern\", "
          "\"/proc/sys/kernel/hostname\", \"/home\", \"/root/x\", \"/out/x\"};\n"
          "for (unsigned i = 0; i < sizeof paths / sizeof *paths; ++i) if (open(paths[i], O_WRONLY | O_CREAT, 0600) >= 0) puts(paths[i]);\n"
          "if (mkdir(\"/new\", 0700) == 0) puts(\"/new\"); puts(\"end\"); return 0;");
  EXPECT_EQ(result.process.output, "end\n");
}

TEST_P(Sandbox, hides_the_hosts_files) {
  NativeRunResult result =
      run("const char *paths[] = {\"/etc/shadow\", \"/etc/passwd\", \"/root\", \"/home\", \"/var\", \"/sys\", \"/proc/1/root/etc/shadow\"};\n"
          "for (unsigned i = 0; i < sizeof paths / sizeof *paths; ++i) if (access(paths[i], F_OK) == 0) puts(paths[i]);\n"
          "puts(\"end\"); return 0;");
  EXPECT_EQ(result.process.output, "end\n");
}

TEST_P(Sandbox, refuses_a_network_call) {
  NativeRunResult result = run("printf(\"%d %d\", socket(AF_INET, SOCK_STREAM, 0), socket(AF_UNIX, SOCK_STREAM, 0)); return 0;");
  EXPECT_EQ(result.process.output, "-1 -1");
}

TEST_P(Sandbox, caps_ten_gigabytes_of_output) {
  NativeRunResult result =
      run("static char block[1 << 20]; for (int i = 0; i < 10240; ++i) if (write(1, block, sizeof block) < 0) return 1; return 0;", 60);
  EXPECT_TRUE(result.process.output_truncated);
  EXPECT_EQ(result.process.output.size(), std::size_t{1} << 20);
}

TEST_P(Sandbox, caps_ten_gigabytes_of_files) {
  NativeRunResult result =
      run("static char block[1 << 20]; int file = open(\"big\", O_WRONLY | O_CREAT, 0600); long written = 0;\n"
          "for (int i = 0; i < 10240; ++i) if (write(file, block, sizeof block) == sizeof block) ++written; else break;\n"
          "printf(\"%d\", written < 64); return 0;");
  EXPECT_EQ(result.process.output, "1");
}

TEST_P(Sandbox, caps_ten_gigabytes_of_memory) {
  NativeRunResult result =
      run("for (int i = 0; i < 10240; ++i) { volatile char *block = malloc(1 << 20); if (!block) { puts(\"refused\"); return 1; }\n"
          "for (int k = 0; k < 1 << 20; k += 4096) block[k] = 1; } puts(\"all\"); return 0;",
          60);
  EXPECT_THAT(result.process.output, testing::Not(HasSubstr("all")));
  EXPECT_FALSE(result.process.timed_out);
  EXPECT_TRUE(result.process.exit_code != 0 || result.process.signal != 0);
}

TEST_P(Sandbox, caps_one_allocation_of_ten_gigabytes) {
  NativeRunResult result = run("volatile char *block = malloc(10ull << 30); puts(block ? \"given\" : \"refused\"); return 0;");
  EXPECT_THAT(result.process.output, testing::Not(HasSubstr("given")));
}

TEST_P(Sandbox, reports_a_crash_as_its_signal_or_as_a_sanitizers_message) {
  NativeRunResult result = run("volatile int *nowhere = 0; return *nowhere;");
  if (GetParam()) EXPECT_THAT(result.process.error_output, HasSubstr("AddressSanitizer: SEGV on unknown address"));
  else EXPECT_EQ(result.process.signal, SIGSEGV);
}

INSTANTIATE_TEST_SUITE_P(, Sandbox, testing::Bool(), [](const auto& instance) { return instance.param ? "sanitized" : "plain"; });

class Compile : public testing::Test {
 protected:
  void SetUp() override {
    if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  }
};

TEST_F(Compile, an_error_of_the_compiler_is_a_result) {
  NativeRunSpec spec;
  spec.sources = {{"broken.c", "int main(void) { return }\n"}};
  Result<NativeRunResult> result = compile_and_run(spec);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->compiled);
  EXPECT_THAT(result->compiler_output, HasSubstr("broken.c:1:"));
}

TEST_F(Compile, several_sources_and_a_header_make_one_program) {
  NativeRunSpec spec;
  spec.sources = {
      {"a.c", "#include \"f.h\"\n#include <stdio.h>\nint main(void) { int n = 0; if (scanf(\"%d\", &n) != 1) return 1; printf(\"%d\\n\", f(n)); }\n"},
      {"b.c", "#include \"f.h\"\nint f(int x) { return x + 1; }\n"},
      {"f.h", "int f(int);\n"}};
  spec.input = "41";
  EXPECT_EQ(compile_and_run(spec)->process.output, "42\n");
}

TEST_F(Compile, gcc_works_too) {
  if (find_program("/usr/bin/gcc").empty()) GTEST_SKIP() << "gcc is not installed";
  NativeRunSpec spec;
  spec.compiler = "/usr/bin/gcc";
  spec.sources = {
      {"a.c", "#include <limits.h>\nint main(int argc, char **argv) { (void)argv; volatile int x = INT_MAX; x = x + argc; return 0; }\n"}};
  Result<NativeRunResult> result = compile_and_run(spec);
  ASSERT_TRUE(result);
  ASSERT_TRUE(result->compiled) << result->compiler_output;
  EXPECT_THAT(result->process.error_output, HasSubstr("signed integer overflow"));
}

TEST_F(Compile, an_include_of_a_host_file_finds_nothing) {
  NativeRunSpec spec;
  spec.sources = {{"a.c", "#include \"/etc/passwd\"\nint main(void) { return 0; }\n"}};
  Result<NativeRunResult> result = compile_and_run(spec);
  ASSERT_TRUE(result);
  EXPECT_THAT(result->compiler_output, HasSubstr("file not found"));
}

TEST_F(Compile, a_program_gives_back_its_files_and_no_others) {
  SandboxSpec spec;
  spec.command = {"/bin/sh", "-c", "cat in > out; echo more >> out"};
  spec.profile = SandboxProfile::kCompiler;
  spec.files_in = {{"in", "given\n"}};
  spec.files_out = {"out", "absent"};
  Result<SandboxResult> result = run_sandboxed(spec);
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(result->files, (std::map<std::string, std::string>{{"out", "given\nmore\n"}}));
}

TEST_F(Compile, names_that_leave_the_folder_are_refused) {
  for (const char* name : {"../x", "/etc/x", "", "-x"}) {
    SandboxSpec spec;
    spec.command = {"/bin/true"};
    spec.files_in = {{name, ""}};
    EXPECT_FALSE(run_sandboxed(spec)) << name;
  }
}

}  // namespace
}  // namespace assay
