// The state of one run: internal to interpreter*.cpp. See interpreter_code.h for the idea.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "frontend/program/interpreter_code.h"

namespace assay::program {

/// A watched point, resolved.
struct Watch {
  ProgramPoint point;
  std::uint32_t function = 0;
  VariableId variable;
};

/// What all runs of one interpreter share; not changed by a run.
struct Image {
  const Program* program = nullptr;
  Layouts layouts;
  GlobalLayout globals;
  std::vector<FunctionCode> plain;       ///< for run_integers and runs that neither trace nor watch
  std::vector<FunctionCode> observable;  ///< with kTrace and kLabel
  std::vector<std::int64_t> words;       ///< of all globals after initialisation
  std::vector<std::uint8_t> states;
  std::vector<std::uint32_t> strides;  ///< words of each type
  std::vector<Watch> watches;
  std::string broken;  ///< why no run can start; empty: all is well
  explicit Image(const Program& p) : program(&p), layouts(p) {}
};

struct Object {
  std::uint32_t word = 0;
  std::uint32_t words = 0;
  std::uint32_t generation = 0;  ///< 0: not alive
  bool is_const = false;
};

class Machine {
 public:
  explicit Machine(const Image& image);

  /// Globals as after initialisation, no arguments, no frames. Call before each run.
  void reset();
  /// A fresh array of `count` elements of `type`; its words are not set. Null when it is too large.
  bool add_argument(TypeId type, std::uint64_t count, Pointer& to);
  /// Frame of the entry function; its parameters are then written through parameter_word().
  bool enter(std::uint32_t function, bool observable);
  std::int64_t& parameter_word(std::uint64_t word) { return words_[frame_base_ + word]; }
  std::uint8_t& parameter_state(std::uint64_t word) { return states_[frame_base_ + word]; }
  RunEnd execute(const RunOptions& options);

  // ---- what a run leaves --------------------------------------------------------------------------------------------
  bool returned = false;  ///< the last return carried a value
  std::int64_t result = 0;
  Pointer result_pointer;
  std::vector<std::int64_t> result_words;
  std::vector<std::uint8_t> result_states;
  CheckFailure failure;
  std::string unsupported;
  std::string output;
  int exit_status = 0;
  std::uint64_t steps = 0;
  std::vector<Origin> trace;
  std::vector<Observation> observations;
  std::int64_t word(std::uint64_t at) const { return words_[at]; }
  bool state(std::uint64_t at) const { return states_[at] != 0; }
  void set_word(std::uint64_t at, std::int64_t value, bool initialised = true) {
    words_[at] = value;
    states_[at] = initialised;
  }
  void set_pointer(std::uint64_t at, const Pointer& pointer);
  Pointer pointer_at(std::uint64_t at) const;
  const Object& object(std::uint32_t number) const { return objects_[number]; }

 private:
  friend class Library;

  struct Frame {
    const FunctionCode* code = nullptr;
    std::uint32_t return_to = 0;  ///< instruction of the caller
    std::uint32_t base = 0;
    std::uint32_t object_base = 0;
    const Stmt* call = nullptr;  ///< where it was called; null for the entry function
  };

  bool push_frame(const FunctionCode& code, std::uint32_t base, std::uint32_t return_to, const Stmt* call);
  void birth(const Instruction& instruction);
  bool fail(CheckKind kind, const Instruction& instruction, std::string message);
  bool fail_at(CheckKind kind, const Site& site, std::string message);
  bool stop(RunEnd end) {
    end_ = end;
    return false;
  }
  bool stop_unsupported(const Instruction& instruction, const std::string& what);
  bool arithmetic_failure(const Instruction& instruction, std::int64_t a, std::int64_t b);
  bool divide(const Instruction& instruction, std::int64_t a, std::int64_t b, std::int64_t& d);
  bool shift_left(const Instruction& instruction, std::int64_t a, std::int64_t b, std::int64_t& d, bool wraps);
  bool shift_right(const Instruction& instruction, std::int64_t a, std::int64_t b, std::int64_t& d);
  bool resolve(const Instruction& instruction, const Pointer& pointer, std::uint32_t type, std::int64_t index, bool write, std::uint64_t& word);
  bool resolve_failure(const Instruction& instruction, const Pointer& pointer, std::uint32_t type, std::int64_t index, bool write);
  bool compatible(std::uint32_t stored, std::uint32_t accessed) const;
  bool alive(const Pointer& pointer) const { return objects_[pointer.object].generation == pointer.generation; }
  bool usable(const Instruction& instruction, const Pointer& pointer);
  bool add_to_pointer(const Instruction& instruction, Pointer pointer, std::int64_t index, Pointer& to);
  bool point_into(const Instruction& instruction, Pointer pointer, std::int64_t index, Pointer& to);
  Pointer converted(Pointer pointer, std::uint32_t type) const;
  bool compare_pointers(const Instruction& instruction, const Pointer& a, const Pointer& b, std::int64_t& d);
  bool subtract_pointers(const Instruction& instruction, const Pointer& a, const Pointer& b, std::int64_t& d);
  bool call(const Instruction& instruction, std::uint32_t& pc, const RunOptions& options);
  bool pop_frame(std::uint32_t& pc);
  bool fetch(const Instruction& instruction);
  bool require_failure(const Instruction& instruction);
  bool assertion_failure(const Instruction& instruction);
  bool abort_program(const Instruction& instruction);
  bool unsupported_statement(const Instruction& instruction);
  bool uninitialised(const Instruction& instruction);
  bool index_failure(const Instruction& instruction, std::int64_t index);
  bool visit_label(const Instruction& instruction, const RunOptions& options);
  bool library_call(const Instruction& instruction, const RunOptions& options);
  const Site& site(const Instruction& instruction) const { return frames_.back().code->sites[instruction.site]; }
  const Type& type(std::uint32_t id) const { return image_.program->types[id]; }

  const Image& image_;
  std::vector<std::int64_t> words_;
  std::vector<std::uint8_t> states_;
  std::vector<Object> objects_;
  std::vector<Frame> frames_;
  std::vector<const Clause*> clauses_;              ///< contract clauses being evaluated
  std::vector<std::vector<std::uint32_t>> visits_;  ///< per function and label
  std::uint64_t top_ = 0;                           ///< first word after globals and arguments
  std::uint32_t frame_base_ = 0;
  std::uint32_t object_top_ = 0;
  std::uint32_t births_ = 1;
  bool observable_ = false;
  RunEnd end_ = RunEnd::kReturned;
};

/// Runs borrow a machine, so that its memory is allocated once per thread rather than once per run.
class MachinePool {
 public:
  explicit MachinePool(const Image& image) : image_(image) {}
  MachinePool(const MachinePool&) = delete;
  MachinePool& operator=(const MachinePool&) = delete;
  ~MachinePool() {
    for (Slot& slot : slots_) delete slot.idle.load();
  }
  std::unique_ptr<Machine> take() {
    if (Machine* idle = own_slot().idle.exchange(nullptr)) return std::unique_ptr<Machine>(idle);
    return std::make_unique<Machine>(image_);
  }
  void give(std::unique_ptr<Machine> machine) { delete own_slot().idle.exchange(machine.release()); }

 private:
  struct alignas(64) Slot {  // a cache line each
    std::atomic<Machine*> idle{nullptr};
  };

  /// Each thread keeps to one slot; threads that share one only lose a machine's reuse.
  Slot& own_slot() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t number = threads++;
    return slots_[number % slots_.size()];
  }

  const Image& image_;
  std::array<Slot, 32> slots_;
};

}  // namespace assay::program
