#include "../vad/reflex.h"

#include "check.h"

using trunkline::vad::Reflex;
using Verdict = Reflex::Verdict;

TEST("the reflex acts on the first frame, once, until the speech has ended") {
  Reflex reflex({});
  CHECK(reflex.push(0.4f, false) == Verdict::nothing);
  CHECK(reflex.push(0.6f, true) == Verdict::onset);
  CHECK(reflex.push(0.9f, true) == Verdict::nothing);
  CHECK(reflex.push(0.2f, true) == Verdict::nothing);
  CHECK(reflex.push(0.2f, false) == Verdict::nothing);
  CHECK(reflex.push(0.7f, true) == Verdict::onset);
}

TEST("the reflex has its own threshold and frames in a row") {
  Reflex reflex({.threshold = 0.8f, .frames = 2});
  CHECK(reflex.push(0.7f, true) == Verdict::nothing);
  CHECK(reflex.push(0.9f, true) == Verdict::nothing);
  CHECK(reflex.push(0.7f, true) == Verdict::nothing);
  CHECK(reflex.push(0.9f, true) == Verdict::nothing);
  CHECK(reflex.push(0.9f, true) == Verdict::onset);
}

TEST("an onset that never becomes speech is a false alarm after three quiet frames") {
  Reflex reflex({.threshold = 0.3f, .frames = 1});
  CHECK(reflex.push(0.4f, false) == Verdict::onset);
  for (const float probability : {0.2f, 0.4f, 0.1f, 0.1f}) CHECK(reflex.push(probability, false) == Verdict::nothing);
  CHECK(reflex.push(0.1f, false) == Verdict::false_alarm);
  CHECK(reflex.push(0.4f, false) == Verdict::onset);
}

TEST("an onset that becomes speech is none, however late") {
  Reflex reflex({.threshold = 0.3f, .frames = 1});
  CHECK(reflex.push(0.4f, false) == Verdict::onset);
  CHECK(reflex.push(0.6f, true) == Verdict::nothing);
  for (int i = 0; i < 5; ++i) CHECK(reflex.push(0.1f, true) == Verdict::nothing);
  CHECK(reflex.push(0.1f, false) == Verdict::nothing);
  CHECK(reflex.push(0.1f, false) == Verdict::nothing);
  CHECK(reflex.push(0.4f, false) == Verdict::onset);
}
