#pragma once

#include <atomic>
#include <utility>

namespace trunkline::engine {

/**
 * Hands nodes from one thread to another without a lock: pushed singly, taken all at once in the order they were
 * pushed. `Node` has a member `Node* next`. Whoever takes owns; what is left at the end is the owner's to take and
 * free.
 */
template <typename Node>
class HandoffList {
 public:
  void push(Node* node) { push_chain(node, node); }

  /** Newest first from `newest` to `oldest`, linked by `next`. */
  void push_chain(Node* newest, Node* oldest) {
    Node* head = head_.load(std::memory_order_relaxed);
    do {
      oldest->next = head;
    } while (!head_.compare_exchange_weak(head, newest, std::memory_order_release, std::memory_order_relaxed));
  }

  /** Oldest first, null-terminated. */
  Node* take_all() {
    Node* newest = head_.exchange(nullptr, std::memory_order_acquire);
    Node* oldest_first = nullptr;
    while (newest != nullptr) {
      Node* following = std::exchange(newest->next, oldest_first);
      oldest_first = std::exchange(newest, following);
    }
    return oldest_first;
  }

  bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

 private:
  std::atomic<Node*> head_{nullptr};
};

}  // namespace trunkline::engine
