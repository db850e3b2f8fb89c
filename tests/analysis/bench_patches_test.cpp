// Patches of a suite: names of parts, and of each prompt the runs that its values come from.
#include "analysis/bench/patches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/bench/suite.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis::bench {
namespace {

using analysis::testing::Workspace;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Part = circuits::Intervention::Part;

const char* const kTask = R"(
name = "loops"
model = "model"
[domain]
template = '''
// ${op}
int ${f}(int n) {
    for (int ${v} = 0; ${v}'''
slots = [
  { slot = "op", labels = ["below", "at most"], texts = ["<", "<="] },
  { slot = "v", texts = ["i", "k", "count"] },
  { slot = "f", texts = ["first"] },
]
where = { file = "where.c", function = "inclusive" }
[output]
kind = "argmax"
symbols = [" <", " <="]
[positions]
op = { slot = "op" }
second = { slot = "v", index = 1 }
third = { slot = "v", index = 2 }
[code]
slot = "f"
functions = ["first"]
references = "references.c"
)";

const char* const kSuite = "[requests]\ntask = \"loops.task.toml\"\n[[repair]]\nname = \"x\"\n";

class BenchPatches : public ::testing::Test {
 protected:
  BenchPatches() {
    space_.write("loops.task.toml", kTask);
    space_.write("where.c", "int inclusive(int op) { return op == 1; }\n");
    space_.write("references.c", "//@ requires n >= 0 && n <= 3;\nint first(int n) { return n; }\n");
    space_.write("model/tokenizer.json", circuits::byte_level_json({{"<", "="}, {" ", "<"}, {" ", "<="}}).dump());
  }
  Result<Suite> suite(const std::string& repair) {
    space_.write("a.suite.toml", kSuite + repair);
    return read_suite(space_.path("a.suite.toml"), {});
  }
  void expect_refused(const std::string& repair, const std::string& reason) {
    const Result<Suite> found = suite(repair);
    ASSERT_FALSE(found) << reason;
    EXPECT_THAT(found.error().to_string(), HasSubstr(reason));
  }
  Workspace space_;
};

TEST_F(BenchPatches, parts_have_names) {
  for (const char* name : {"a18.h6", "q.0.1", "k.2.3", "v.18.6"}) EXPECT_EQ(name_of(*read_part(name)), name);
  EXPECT_EQ(read_part("k.2.3")->part, Part::kKey);
  for (const char* name : {"", "a1h1", "a1.h", "m3", "k.1", "k.1.", "k.1.2x", "kk.1.2", "v1.2", "attn_out.1.2"})
    EXPECT_FALSE(read_part(name)) << name;
}

TEST_F(BenchPatches, each_prompt_takes_its_values_from_itself_filled_otherwise) {
  const Result<Suite> found =
      suite("heads = [\"a1.h2\"]\nsites = [\"v.3.0\"]\nposition = \"second\"\nfrom = { op = [\"below\"], v = [\"k\", \"i\"] }\nshare = [0.5, 1]\n");
  ASSERT_TRUE(found) << found.error().to_string();
  ASSERT_EQ(found->models.size(), 3u);
  ASSERT_EQ(found->tasks.size(), 3u);
  const Repair& repair = *found->models[1].repair;
  EXPECT_EQ(repair.dose(), 0.5);
  EXPECT_EQ(repair.described(), "a1.h2, v.3.0 at second from op 'below' and v 'k', 'i' x 0.5");
  ASSERT_EQ(repair.sources.size(), 3u);
  const circuits::Tokenizer words = *circuits::Tokenizer::open(space_.path("model"));
  const auto tokens = [&](const std::string& text) { return words.encode(text)->tokens; };
  const auto loop = [](const std::string& op, const std::string& v) { return "// " + op + "\nint first(int n) {\n    for (int " + v + " = 0; " + v; };
  for (std::size_t i = 0; i < 3; ++i) {
    const PatchSource& source = repair.sources[i];
    EXPECT_EQ(source.prompt, tokens(found->tasks[i].prompt));
    ASSERT_EQ(source.patched.runs.size(), 2u);
    EXPECT_EQ(source.patched.runs[0].tokens, tokens(loop("<", "k")));
    EXPECT_EQ(source.patched.runs[1].tokens, tokens(loop("<", "i")));
    const int last = static_cast<int>(source.prompt.size()) - 1, there = static_cast<int>(source.patched.runs[0].tokens.size()) - 1;
    EXPECT_THAT(source.patched.positions, ElementsAre(last, last));  // `count` is five tokens
    EXPECT_THAT(source.patched.runs[0].positions, ElementsAre(there, there));
  }
}

TEST_F(BenchPatches, what_is_no_patch_is_refused_with_what_is_there) {
  const std::string heads = "heads = [\"a1.h2\"]\nshare = [1]\n";
  expect_refused(heads + "from = { opp = [\"<\"] }\n", "did you mean 'op'?");
  expect_refused(heads + "from = { op = [\"<\"] }\n", "there are 'below', 'at most'");
  expect_refused(heads + "from = { op = [] }\n", "list the texts");
  expect_refused(heads + "from = { }\n", "changes nothing");
  expect_refused(heads + "from = { op = [\"below\"] }\nposition = \"secnd\"\n", "did you mean 'second'?");
  expect_refused(heads + "from = { op = [\"below\"] }\nposition = \"third\"\n", "has no such position");
  expect_refused(heads + "from = { op = [\"below\"] }\nat = \"answer\"\n", "no other run of what is written");
  expect_refused("sites = [\"a1.h2\"]\nfrom = { op = [\"below\"] }\nshare = [1]\n", "is no query, key or value");
  expect_refused("from = { op = [\"below\"] }\nshare = [1]\n", "names nothing to patch");
  expect_refused("heads = [\"a1.h2\"]\nfrom = { op = [\"below\"] }\nscale = [1]\n", "must have either");
  space_.write("b.suite.toml",
               "[[model]]\nname = \"a\"\npath = \"model\"\n[requests]\ncount = 1\n[[repair]]\nname = \"x\"\nheads = [\"a1.h2\"]\n"
               "from = { op = [\"below\"] }\nshare = [1]\n");
  EXPECT_THAT(read_suite(space_.path("b.suite.toml"), {}).error().to_string(), HasSubstr("the suite's requests are no prompts"));
}

TEST_F(BenchPatches, a_report_keeps_a_patch) {
  const Result<Suite> found = suite("sites = [\"k.3.0\"]\nposition = \"op\"\nfrom = { op = [\"below\"] }\nshare = [0.5]\n");
  ASSERT_TRUE(found) << found.error().to_string();
  const Json json = to_json(*found->models[1].repair);
  EXPECT_EQ(json["where"], "at op");
  const std::optional<Repair> read = repair_from_json(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), json);
  Json broken = json;
  broken["patch"]["parts"] = {"m3"};
  EXPECT_FALSE(repair_from_json(broken));
}

}  // namespace
}  // namespace assay::analysis::bench
