/// The candidate that was probably meant by a mistyped name, or nil if none is near.
///
/// Case is ignored. Near means at most a third of the longer name's characters away (at least one edit is always allowed), or,
/// for three characters and more, a beginning of exactly one candidate. Of several equally near ones the first wins.
public func nearestName(to name: String, among candidates: [String]) -> String? {
  nearestNames(to: name, among: candidates, limit: 1).first
}

/// The nearest candidates, closest first, at most `limit` of them; empty if none is near in the sense of ``nearestName(to:among:)``.
public func nearestNames(to name: String, among candidates: [String], limit: Int) -> [String] {
  let wanted = Array(name.lowercased())
  guard !wanted.isEmpty else { return [] }
  let ranked = candidates.enumerated().compactMap {
    index, candidate -> (distance: Int, index: Int, name: String)? in
    let letters = Array(candidate.lowercased())
    let allowed = max(1, max(wanted.count, letters.count) / 3)
    guard abs(wanted.count - letters.count) <= allowed else { return nil }
    let distance = editDistance(wanted, letters)
    return distance <= allowed ? (distance, index, candidate) : nil
  }
  if !ranked.isEmpty {
    return ranked.sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.prefix(limit).map(\.name)
  }
  guard wanted.count >= 3 else { return [] }
  let completions = candidates.filter { $0.lowercased().hasPrefix(name.lowercased()) }
  return completions.count <= limit ? completions : []
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other (optimal string alignment).
/// O(a · b).
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  guard !a.isEmpty else { return b.count }
  guard !b.isEmpty else { return a.count }
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [i]
    row.reserveCapacity(b.count + 1)
    for j in 1...b.count {
      let same = a[i - 1] == b[j - 1]
      var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, beforeLast[j - 2] + 1) }
      row.append(best)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
