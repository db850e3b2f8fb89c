// The system-call filter of the sandbox as a compiled BPF program, in a memory file that bubblewrap reads (--seccomp FD).
//
// Namespaces already hide files, network and processes; the filter removes what namespaces leave open: new processes (a process limit
// does not bind root), new user namespaces, sockets, tracing, and kernel interfaces that a compiler or a computing program never needs.
// Source: libseccomp; bubblewrap(1). Test: tests/base/sandbox_test.cpp
#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "base/sandbox.h"

namespace assay {

Result<Descriptor> seccomp_filter(SandboxProfile profile);

}  // namespace assay
