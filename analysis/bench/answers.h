// What a model answered: texts with the tokens that they were written as, kept so that a token can be found from a place in the text.
#pragma once

#include <string>
#include <vector>

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
  std::string finish;         ///< "stop string", "end token", "token limit", "positions"
  std::size_t answer_id = 0;  ///< into TaskRun::answers
};

/// What a result records about the model.
struct ModelFacts {
  std::string hash, processing, tokenizer, tokenizer_hash;
  bool adds_bos = false, chat_template = false;  ///< chat_template: the file has one; it is never applied
  std::uint64_t parameters = 0;
};

struct ModelAnswers {
  ModelFacts facts;
  std::vector<std::vector<Sample>> samples;  ///< by task
  std::uint64_t tokens = 0;
  double seconds = 0;  ///< of generating what was not cached
};

/// Answers of one model to all tasks; finished requests are cached, so an interrupted run goes on. Errors: the model cannot be read, has no
/// tokenizer or one that contradicts its weights, a prompt that the tokenizer cannot encode (names the request), interruption.
Result<ModelAnswers> answers_of(const SuiteModel& model, const Suite& suite, Cache& cache, Session& session);
/// Of a network that is loaded.
Result<ModelAnswers> answers_of(circuits::Network& network, const Suite& suite, Cache& cache, Session& session);

Json to_json(const Sample& sample);
std::optional<Sample> sample_from_json(const Json& json);

}  // namespace assay::analysis::bench
