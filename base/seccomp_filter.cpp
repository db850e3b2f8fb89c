#include "base/seccomp_filter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace assay {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// Answered with EPERM under both profiles. `socket` alone stops a network call; its relatives are listed for descriptors that are passed in.
constexpr const char* kForbidden[] = {
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "sendmsg",
    "sendmmsg",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "pivot_root",
    "chroot",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "syslog",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "open_by_handle_at",
    "name_to_handle_at",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "lookup_dcookie",
    "personality",
    "vhangup",
    "mknod",
    "mknodat",
    "memfd_secret",
    "shmget",
    "msgget",
    "semget",
    "mq_open",
    "fanotify_init",
    "pidfd_getfd",
};

tl::unexpected<Error> filter_error(int code) { return internal_error(fmt::format("libseccomp cannot build the sandbox's filter (error {})", code)); }

int forbid_listed(scmp_filter_ctx filter) {
  for (const char* name : kForbidden) {
    int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) continue;  // a call that this libseccomp does not know yet
    int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
    if (code != 0 && code != -EDOM) return code;
  }
  return 0;
}

// clone whose flags, masked, are `flags`. (SCMP_A0 would do, but it is a C99 compound literal.)
int forbid_clone(scmp_filter_ctx filter, std::uint32_t answer, scmp_datum_t mask, scmp_datum_t flags) {
  const scmp_arg_cmp masked{0, SCMP_CMP_MASKED_EQ, mask, flags};
  return seccomp_rule_add_array(filter, answer, SCMP_SYS(clone), 1, &masked);
}

// New namespaces through clone; clone3 hides its flags in memory, and ENOSYS makes the C library fall back to clone.
int forbid_namespaces(scmp_filter_ctx filter) {
  constexpr scmp_datum_t kNew[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP};
  int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  for (scmp_datum_t flag : kNew)
    if (code == 0) code = forbid_clone(filter, SCMP_ACT_ERRNO(EPERM), flag, flag);
  return code;
}

// Only threads: AddressSanitizer's monitor needs one.
int forbid_processes(scmp_filter_ctx filter) {
  int code = forbid_clone(filter, SCMP_ACT_ERRNO(EAGAIN), CLONE_THREAD, 0);
  for (int call : {SCMP_SYS(fork), SCMP_SYS(vfork)}) {
    if (code == 0) code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAGAIN), call, 0);
    if (code == -EDOM) code = 0;  // architectures without the call
  }
  return code;
}

}  // namespace

Result<Descriptor> seccomp_filter(SandboxProfile profile) {
  Filter filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  if (!filter) return filter_error(ENOMEM);
  int code = forbid_listed(filter.get());
  if (code == 0) code = forbid_namespaces(filter.get());
  if (code == 0 && profile == SandboxProfile::kProgram) code = forbid_processes(filter.get());
  if (code != 0) return filter_error(code);
  Descriptor file(::memfd_create("assay-seccomp", MFD_CLOEXEC));
  if (!file) return filter_error(errno);
  code = seccomp_export_bpf(filter.get(), file.get());
  if (code != 0 || ::lseek(file.get(), 0, SEEK_SET) != 0) return filter_error(code);
  return file;
}

}  // namespace assay
