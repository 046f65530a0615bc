import Testing

@testable import Quantities

@Suite("nearest names in error texts") struct NearestNameTests {
  let keys = ["max_num_seqs", "max_num_batched_tokens", "max_model_len", "dtype"]

  @Test(
    "a slip of the finger finds its key",
    arguments: [
      ("max_num_seq", "max_num_seqs"), ("MAX_NUM_SEQS", "max_num_seqs"), ("max_modle_len", "max_model_len"),
      ("dtpye", "dtype"), ("max_num_batchd_token", "max_num_batched_tokens"),
    ])
  func slip(typed: String, meant: String) {
    #expect(nearestName(to: typed, among: keys) == meant)
  }

  @Test("a beginning finds the rest, unless it begins several") func beginning() {
    #expect(nearestName(to: "max_num_b", among: keys) == "max_num_batched_tokens")
    #expect(nearestName(to: "max_", among: keys) == nil)
  }

  @Test("what resembles nothing gets no suggestion", arguments: ["", "temperature", "x", "🙂🙂🙂🙂"])
  func nothing(typed: String) {
    #expect(nearestName(to: typed, among: keys) == nil)
    #expect(nearestName(to: typed, among: []) == nil)
  }

  @Test("nearest first, equally near in the given order") func order() {
    #expect(
      nearestNames(to: "cat", among: ["dog", "cart", "bat", "cat"], limit: 3) == ["cat", "cart", "bat"])
  }

  @Test(
    "edits are counted, a swap as one",
    arguments: [
      ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ab", "", 2),
    ])
  func distance(a: String, b: String, edits: Int) {
    #expect(editDistance(Array(a), Array(b)) == edits)
    #expect(editDistance(Array(b), Array(a)) == edits)
  }
}
