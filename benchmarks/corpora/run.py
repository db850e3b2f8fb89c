#!/usr/bin/env python3
"""Equivalence over two public corpora: how much `assay equiv` decides, and whether a `proved` was ever wrong.

Each pair is handed to `assay equiv --format json` with a limit per pair; where loops have no constant bound it is asked again with
--bound N. Every `proved` or `bounded` pair is then compiled with UBSan and run natively on random inputs (two processes per input, so that
undefined behaviour, exits and endless loops of one side are seen and excluded). A difference inside the common defined domain is printed as
WRONG and makes the exit status 1.

  benchmarks/corpora/run.py --assay build/release/bin/assay --shared ../shared --corpus eqbench --seconds 60 --jobs 2

EqBench: the 59 of 151 pairs without float and double. llreve: all 52 pairs; its hint `__mark(n)` is defined in the text that Assay sees
as a function that returns its argument, its comments /*@ ... @*/ are taken out. The function under comparison is the one defined in both texts that is not main; of several, the
one that no other calls. Nothing of the corpora is kept: texts live in a temporary folder for the time of one pair.
"""
import argparse, concurrent.futures, json, os, pathlib, re, subprocess, sys, tempfile, time

MARK = "int __mark(int n) { return n; }\n"
INTEGERS = {"char", "short", "int", "long", "unsigned", "signed", "_Bool", "bool", "size_t", "int8_t", "int16_t", "int32_t", "int64_t",
            "uint8_t", "uint16_t", "uint32_t", "uint64_t"}


def without_comments(text):
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\])*"', lambda m: '""' if m[0][0] == '"' else " ", text, flags=re.S)


def definitions(text):
    """Name -> (return type, parameters, body) of each function defined in the text, in order."""
    text, found, depth, start = without_comments(text), {}, 0, 0
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    for at, letter in enumerate(text):
        if letter == "{":
            if depth == 0:
                head = re.search(r"([\w\s*]+?[\s*])(\w+)\s*\(([^()]*)\)\s*$", text[start:at])
                name, begin = (head[2], at) if head else (None, at)
                signature = (head[1].strip(), head[3].strip()) if head else None
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                if name:
                    found[name] = (*signature, text[begin:at + 1])
                start = at + 1
        elif letter == ";" and depth == 0:
            start = at + 1
    return found


def entry_of(old, new):
    """The compared functions' names: defined in both texts, not main, called by no other of them."""
    first, second = definitions(old), definitions(new)
    shared = [n for n in first if n in second and n not in ("main", "__mark")]
    if shared:
        top = [n for n in shared if not any(re.search(rf"\b{n}\s*\(", first[m][2]) for m in shared if m != n)] or shared
        return top[-1], top[-1]
    alone = lambda d: [n for n in d if n not in ("main", "__mark")]
    return (alone(first)[-1], alone(second)[-1]) if alone(first) and alone(second) else (None, None)


def text_for_assay(text):
    text = re.sub(r"/\*@.*?@\*/", " ", text, flags=re.S)  # llreve's own options and relations, no contracts of Assay
    if "__mark" not in text:
        return text
    return MARK + re.sub(r"^\s*extern\s+int\s+__mark\s*\([^)]*\)\s*;", "", text, flags=re.M)


def ask(arguments, folder, names, bound):
    command = [arguments.assay, "equiv", "old.c", "new.c", "--ref-function", names[0], "--function", names[1], "--format", "json"]
    if bound:
        command += ["--bound", str(bound)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=arguments.seconds)
    except subprocess.TimeoutExpired:
        return {"grade": "unknown", "reason": f"more than {arguments.seconds} s"}
    try:
        return json.loads(done.stdout)["verdicts"][0]
    except (ValueError, KeyError, IndexError):
        internal = done.returncode not in (0, 1, 2, 3, 4) or "internal" in done.stderr
        return {"grade": "internal error" if internal else "unsupported", "reason": done.stderr.strip()[:500]}


# ---- the native cross-check -------------------------------------------------------------------------------------------

DRIVER = r"""
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
%(declarations)s
enum { kElements = 4, kArrays = 8 };
struct answer { int returned; long long value; unsigned char memory[kArrays][kElements * 8]; char output[512]; };
static uint64_t state = 88172645463325252ull;
static uint64_t next_random(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }
static long long any_value(void) {
  static const long long special[] = {0, 1, -1, 2, 2147483647ll, -2147483648ll, 4294967295ll, 127, -128, 255, 32767};
  switch (next_random() %% %(ranges)d) {
    case 0: case 1: return (long long)(next_random() %% 9) - 2;
    case 2: return (long long)(next_random() %% (2 * %(bound)d + 1)) - %(bound)d;
    case 3: return (long long)(next_random() %% 201) - 100;
    case 4: return special[next_random() %% (sizeof special / sizeof *special)];
    default: return (long long)next_random();
  }
}
static long long input[kArrays][kElements];
/* An array that ends where readable memory ends. */
static void *guarded(size_t bytes) {
  long page = sysconf(_SC_PAGESIZE);
  char *block = mmap(0, (size_t)page * 3, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(block, (size_t)page, PROT_NONE);
  mprotect(block + 2 * page, (size_t)page, PROT_NONE);
  return block + 2 * page - bytes;
}
static void run_reference(struct answer *to) { %(reference)s to->returned = 1; }
static void run_implementation(struct answer *to) { %(implementation)s to->returned = 1; }
/* 1: returned; 0: undefined behaviour, a stop or no end in 20 ms of processor time. */
static int run_in_child(void (*run)(struct answer *), struct answer *to) {
  memset(to, 0, sizeof *to);
  int out[2];
  if (pipe(out)) return 0;
  fcntl(out[1], F_SETFL, O_NONBLOCK);
  pid_t child = fork();
  if (child == 0) {
    struct itimerval limit = {{0, 0}, {0, 20000}};
    setitimer(ITIMER_VIRTUAL, &limit, 0);
    dup2(out[1], 1);
    run(to);
    fflush(stdout);
    _exit(0);
  }
  close(out[1]);
  int status = 1;
  waitpid(child, &status, 0);
  ssize_t got = read(out[0], to->output, sizeof to->output - 1);
  (void)got;
  close(out[0]);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 && to->returned;
}
int main(void) {
  struct answer *a = mmap(0, 2 * sizeof *a, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *b = a + 1;
  int compared = 0, outside = 0;
  for (int i = 0; compared < %(inputs)d && i < 20 * %(inputs)d && outside < 3000; ++i) {
    for (int p = 0; p < kArrays; ++p)
      for (int k = 0; k < kElements; ++k) input[p][k] = any_value();
    if (!run_in_child(run_reference, a) || !run_in_child(run_implementation, b)) { ++outside; continue; }
    ++compared;
    if (memcmp(a, b, sizeof *a) != 0) {
      printf("different");
      for (int p = 0; p < %(parameters)d; ++p) printf(" [%%lld %%lld %%lld %%lld]", input[p][0], input[p][1], input[p][2], input[p][3]);
      printf(": %%lld and %%lld\n", a->value, b->value);
      return 0;
    }
  }
  printf("agree %%d %%d\n", compared, outside);
  return 0;
}
"""


def parameter_types(parameters):
    """(C type, is pointer) of each parameter; None when one is neither an integer nor a pointer to integers."""
    types = []
    if parameters in ("", "void"):
        return types
    for parameter in parameters.split(","):
        pointer = "*" in parameter or "[" in parameter
        words = re.findall(r"\w+", re.sub(r"\[.*", "", parameter).replace("*", " "))
        if words and words[-1] not in INTEGERS:
            words = words[:-1]
        words = [w for w in words if w not in ("const", "register", "restrict", "volatile")]
        if not words or any(w not in INTEGERS for w in words) or parameter.count("*") + parameter.count("[") > 1:
            return None
        types.append((" ".join(words), pointer))
    return types


def runner(prefix, name, result, types):
    lines, names = [], []
    for i, (kind, pointer) in enumerate(types):
        names.append(f"p{i}")
        if pointer:
            lines.append(f"{kind} *p{i} = guarded(kElements * sizeof *p{i}); for (int k = 0; k < kElements; ++k) p{i}[k] = ({kind})input[{i}][k];")
        else:
            lines.append(f"{kind} p{i} = ({kind})input[{i}][0];")
    call = f"{prefix}{name}({', '.join(names)});"
    lines.append(call if result == "void" else "to->value = (long long)" + call)
    lines += [f"memcpy(to->memory[{i}], p{i}, kElements * sizeof *p{i});" for i, (_, pointer) in enumerate(types) if pointer]
    return "\n  ".join(lines)


def run_natively(folder, old, new, names, bound, inputs, compiler):
    """(inputs compared, inputs outside the domain, difference) or the reason why there is no comparison."""
    first, second = definitions(old)[names[0]], definitions(new)[names[1]]
    types = parameter_types(first[1])
    if types is None or len(types) > 8 or parameter_types(second[1]) is None or len(parameter_types(second[1])) != len(types):
        return "parameters that the driver cannot make"
    result = lambda f: " ".join(w for w in re.findall(r"\w+|\*", f[0]) if w not in ("static", "inline", "extern", "const"))
    if any(w not in INTEGERS | {"void"} for w in result(first).split()):
        return "a result that the driver cannot compare"
    flags = ["-std=gnu17", "-O1", "-w", "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error", "-ftrivial-auto-var-init=zero"]
    objects = []
    for prefix, file, function, name in (("reference_", "old", first, names[0]), ("implementation_", "new", second, names[1])):
        text = re.sub(rf"\bstatic\b(?=[\w\s*]*\b{name}\s*\()", "", (folder / f"{file}.c").read_text())
        (folder / f"{file}_native.c").write_text(text)
        made = subprocess.run([compiler, *flags, "-c", f"{file}_native.c", "-o", f"{file}.o"], cwd=folder, capture_output=True, text=True)
        if made.returncode:
            return "does not compile: " + made.stderr[:200]
        listed = subprocess.run(["nm", "--defined-only", "-g", f"{file}.o"], cwd=folder, capture_output=True, text=True).stdout
        renames = [f"--redefine-sym={line.split()[-1]}={prefix}{line.split()[-1]}" for line in listed.splitlines()]
        subprocess.run(["objcopy", *renames, f"{file}.o"], cwd=folder, check=True)
        objects.append(f"{file}.o")
    declare = lambda prefix, name, f: f"{result(f)} {prefix}{name}({', '.join(k + (' *' if p else '') for k, p in types) or 'void'});"
    text = DRIVER % {"declarations": declare("reference_", names[0], first) + "\n" + declare("implementation_", names[1], second),
                     "reference": runner("reference_", names[0], result(first), types), "implementation": runner("implementation_", names[1], result(second), types),
                     "ranges": 3 if bound else 6, "bound": bound or 20, "inputs": inputs, "parameters": len(types)}
    (folder / "driver.c").write_text("#include <stdbool.h>\n#include <stddef.h>\n" + text)
    made = subprocess.run([compiler, "-std=gnu17", "-O1", "-w", "driver.c", *objects, "-o", "driver"], cwd=folder, capture_output=True, text=True)
    if made.returncode:
        return "does not link: " + made.stderr[:300]
    try:
        said = subprocess.run(["./driver"], cwd=folder, capture_output=True, text=True, timeout=300).stdout.strip()
    except subprocess.TimeoutExpired:
        return "more than 300 s"
    if said.startswith("agree"):
        return tuple(int(n) for n in said.split()[1:]) + (None,)
    return (0, 0, said) if said else "the driver says nothing"


# ---- one pair, all pairs ------------------------------------------------------------------------------------------------

def decide(pair, arguments):
    row = {"id": pair["id"], "label": pair.get("label", "")}
    started = time.monotonic()
    old, new = text_for_assay(pair["old"]), text_for_assay(pair["new"])
    names = entry_of(old, new)
    if not names[0]:
        return row | {"grade": "unsupported", "reason": "no function stands in both texts"}
    with tempfile.TemporaryDirectory(prefix="corpora-") as name:
        folder = pathlib.Path(name)
        (folder / "old.c").write_text(old)
        (folder / "new.c").write_text(new)
        verdict, bound = ask(arguments, folder, names, None), None
        if verdict["grade"] == "unsupported" and "--bound" in verdict.get("reason", "") and arguments.bound:
            bound = arguments.bound
            verdict = ask(arguments, folder, names, bound)
        row |= {"function": names[1], "grade": verdict["grade"], "reason": verdict.get("reason", ""), "bound": verdict.get("bound"),
                "seconds": round(time.monotonic() - started, 2)}
        if "witness" in verdict:
            row["witness"] = {key: verdict["witness"][key] for key in ("literals", "reference_answer", "program_answer", "interpreter_replay", "native_replay")}
        if row["grade"] in ("proved", "bounded"):
            row["native"] = run_natively(folder, old, new, names, bound if row["grade"] == "bounded" else None, arguments.inputs, arguments.compiler)
    return row


def summary(rows):
    count = lambda grade: sum(r["grade"] == grade for r in rows)
    checked = [r for r in rows if isinstance(r.get("native"), tuple)]
    return {"pairs": len(rows), "decided": count("proved") + count("bounded") + count("refuted"), "proved": count("proved"), "bounded": count("bounded"),
            "refuted": count("refuted"),
            "refuted and replayed natively": sum(r["grade"] == "refuted" and r["witness"]["native_replay"] == "agreed" for r in rows),
            "refuted and replayed in the interpreter": sum(r["grade"] == "refuted" and r["witness"]["interpreter_replay"] == "agreed" for r in rows),
            "vacuous": count("vacuous"), "unsupported": count("unsupported"), "unknown": count("unknown"), "internal error": count("internal error"),
            "proved or bounded, run natively": len(checked), "of these on all inputs asked for": sum(r["native"][0] >= r["inputs"] for r in checked),
            "inputs compared": sum(r["native"][0] for r in checked), "wrong": sum(r["native"][2] is not None for r in checked),
            "proved or bounded, not run": sum(isinstance(r.get("native"), str) for r in rows)}


def disagreements(rows):
    says = {"equivalent": ("refuted",), "different": ("proved", "bounded")}
    return [r for r in rows if r["grade"] in says.get(r["label"], ())]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--assay", required=True, help="the assay program")
    options.add_argument("--shared", required=True, help="folder with data/eqbench_c.jsonl and data/llreve_c.jsonl")
    options.add_argument("--corpus", choices=("eqbench", "llreve"), required=True)
    options.add_argument("--seconds", type=float, default=60, help="limit of one call of assay")
    options.add_argument("--bound", type=int, default=8, help="for loops without a constant bound; 0: none")
    options.add_argument("--inputs", type=int, default=1000, help="random inputs per proved pair")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--compiler", default="gcc")
    options.add_argument("--only", help="pairs whose id contains this")
    options.add_argument("--json", help="file that receives all rows")
    arguments = options.parse_args()
    arguments.assay = os.path.abspath(arguments.assay)
    data = pathlib.Path(arguments.shared) / "data" / f"{arguments.corpus}_c.jsonl"
    if not data.exists():
        sys.exit(f"{data} is missing: give the folder that holds data/{data.name} with --shared")
    pairs = [json.loads(line) for line in data.open()]
    if arguments.corpus == "eqbench":
        pairs = [p for p in pairs if not re.search(r"\b(float|double)\b", p["old"] + p["new"])]
    pairs = [p for p in pairs if not arguments.only or arguments.only in p["id"]]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        rows = []
        for row in pool.map(lambda p: decide(p, arguments), pairs):
            row["inputs"] = arguments.inputs
            rows.append(row)
            native = row.get("native", "")
            note = f"{native[0]} inputs agree, {native[1]} outside" if isinstance(native, tuple) and not native[2] else f"WRONG: {native[2]}" if isinstance(native, tuple) else native
            first = row["reason"].splitlines()[0][:90] if row["reason"] else ""
            print(f"{row['id']:<42} {row['label']:<11} {row['grade']:<12} {note or first}", flush=True)
    counts = summary(rows)
    print()
    for key, value in counts.items():
        print(f"{key:<42} {value}")
    for row in disagreements(rows):
        witness = row.get("witness", {})
        print(f"label disagrees: {row['id']} is labelled {row['label']}, found {row['grade']}  {'; '.join(witness.get('literals', []))}"
              f"  {witness.get('reference_answer', '')} | {witness.get('program_answer', '')}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"corpus": arguments.corpus, "counts": counts, "rows": rows}, indent=1) + "\n")
    sys.exit(1 if counts["wrong"] or counts["internal error"] else 0)


if __name__ == "__main__":
    main()
