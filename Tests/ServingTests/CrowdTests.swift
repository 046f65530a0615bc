import Testing

@testable import Serving

/// Protects the order in which decoding sequences end, and their sums, against plain lists.
@Suite("the crowd") struct CrowdTests {
  struct Member {
    var slot: Int32
    var admission: UInt32
    var computed: Int
    var end: Int
  }

  /// A small span: the base of the counting moves every few steps, as it does every four thousand million in a run.
  @Test("its sums and ends are those of its members", arguments: [20, 1 << 32]) func sums(span: Int) {
    var random = TestRandom(seed: span)
    var crowd = Crowd(blockSize: 4, span: span)
    var members: [Member] = []
    var admissions: UInt32 = 0
    for step in 1_000_000..<1_003_000 {
      while random.coin(0.3) {
        let left = random.integer(1...15)
        let member = Member(
          slot: Int32(admissions % 1000), admission: admissions, computed: random.integer(1...50),
          end: step + left - 1)
        crowd.add(
          member.slot, admission: member.admission, computed: Int32(member.computed),
          tokensLeft: Int32(left), step: step, isNamed: false)
        members.append(member)
        admissions += 1
      }
      if random.coin(0.1), !members.isEmpty {
        let gone = members.remove(at: random.integer(0...members.count - 1))
        crowd.remove(gone.slot, computed: Int32(gone.computed), step: step, isNamed: false)
      }
      #expect(crowd.count == members.count)
      #expect(crowd.context == members.reduce(0) { $0 + $1.computed + 1 })
      #expect(crowd.blocks(step: step) == members.count { $0.computed % 4 == 0 })
      #expect(crowd.nextEnd <= members.map(\.end).min() ?? .max)
      var ending: [UInt32] = []
      while let admission = crowd.popEnd(step: step) {
        guard let i = members.firstIndex(where: { $0.admission == admission }) else { continue }
        #expect(members[i].end == step)
        ending.append(admission)
        crowd.remove(members[i].slot, computed: Int32(members[i].computed), step: step, isNamed: false)
        members.remove(at: i)
      }
      #expect(ending == ending.sorted())
      #expect(!members.contains { $0.end <= step })
      crowd.advance()
      for i in members.indices { members[i].computed += 1 }
    }
    #expect(admissions > 500)
  }
}
