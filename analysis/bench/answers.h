// What a model answered: texts with the tokens that they were written as, kept so that a token can be found from a place in the text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analysis/bench/sites.h"
#include "analysis/bench/suite.h"
#include "base/cache.h"
#include "circuits/engine.h"

namespace assay::analysis::bench {

struct AnswerToken {
  std::size_t begin = 0, end = 0;                            ///< bytes of the answer
  double log_probability = 0;                                ///< natural logarithm
  std::vector<std::pair<std::string, double>> alternatives;  ///< text and probability, most probable first
};

struct Sample {
  std::string answer;  ///< what stands behind the prompt, the stop string included
  std::vector<AnswerToken> tokens;
  double log_probability = 0;
  std::string finish;                           ///< "stop string", "end token", "token limit", "positions"
  std::size_t answer_id = 0;                    ///< into TaskRun::answers
  std::optional<std::vector<Site>> sites = {};  ///< where they were asked for, of an answer that was read as a function
};

/// What a result records about the model.
struct ModelFacts {
  std::string hash, processing, tokenizer, tokenizer_hash;
  bool adds_bos = false, chat_template_applied = false;
  std::uint64_t parameters = 0;
};

struct ModelAnswers {
  ModelFacts facts;
  std::vector<std::vector<Sample>> samples;  ///< by task
  std::uint64_t tokens = 0;
  double seconds = 0;  ///< of generating what was not cached
};

/// Loads the networks of a suite's models; the last one is kept, because repairs follow what they change.
class Networks {
 public:
  /// Errors: the model cannot be read, has no tokenizer or one that contradicts its weights.
  Result<circuits::Network*> of(const SuiteModel& model);

 private:
  std::string path_;
  std::unique_ptr<circuits::Network> network_;
};

/// Answers of one network to all tasks, with `repair` if that is not null; finished requests are cached, so an interrupted run goes on. Errors: a
/// prompt that the tokenizer cannot encode (names the request), a repair that the network cannot have, interruption.
Result<ModelAnswers> answers_of(circuits::Network& network, const Repair* repair, const Suite& suite, Cache& cache, Session& session);

/// What the repair changes on the suite's unrelated texts, when it is made at every position of them; texts are cut at the network's positions.
Result<circuits::Divergence> divergence_of(circuits::Network& network, const Repair& repair, const Suite& suite, Cache& cache, Session& session);

/// How far a model's next token on the suite's unrelated texts is from that of the model that it was made from; one pass of each over each text.
Result<circuits::Divergence> divergence_from(const SuiteModel& origin, const SuiteModel& model, Networks& networks, const Suite& suite,
                                             Session& session);

/// All that a network reads before the first token of its answer: the turns of a chat where the suite asks for one, and the prompt.
Result<Tokens> tokens_before_answer(const circuits::Tokenizer& tokenizer, const Sampling& sampling, const CodeTask& task);

/// Bytes that are not UTF-8 become question marks, so that the text goes into JSON and HTML as it is judged; places stay the same.
std::string as_utf8(std::string text);

Json to_json(const Sample& sample);
std::optional<Sample> sample_from_json(const Json& json);

}  // namespace assay::analysis::bench
