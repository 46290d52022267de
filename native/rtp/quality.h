#pragma once

namespace trunkline::rtp {

/** ITU-T G.113: what a codec costs without loss, and how well it bears loss (the higher the better). */
struct CodecImpairment {
  double equipment = 0;
  double loss_robustness = 25.1;
};

/** What the E-model needs to know of one direction of a call. Everything else stands at the defaults of G.107 table 3.
 */
struct EModelInput {
  /** Mouth to ear, one way. */
  double delay_ms = 0;
  /** 0 to 100, of network and late arrival together. */
  double loss_percent = 0;
  /** G.107 section 7.6: mean length of a gap in relation to that of random loss; 1 when loss is random. */
  double burst_ratio = 1;
  CodecImpairment codec;
};

/** ITU-T G.107, R = 93.2 - Idd - Ie,eff: transmission rating, 0 (unusable) to 93.2. */
double transmission_rating(const EModelInput& input);

/** ITU-T G.107 annex B: mean opinion score, 1 to 4.5, of a rating. */
double mean_opinion_score(double rating);

}  // namespace trunkline::rtp
