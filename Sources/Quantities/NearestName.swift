/// The candidate that was probably meant by a mistyped name, or nil if none is near.
///
/// Case is ignored. Near means that the name is the beginning (three characters or more) of exactly one candidate, or at most a
/// third of the longer name's characters away (one edit is always allowed). Of several equally near ones the first wins.
public func nearestName(to name: String, among candidates: [String]) -> String? {
  nearestNames(to: name, among: candidates, limit: 1).first
}

/// The nearest candidates, closest first, at most `limit` of them; empty if none is near in the sense of
/// ``nearestName(to:among:)``.
public func nearestNames(to name: String, among candidates: [String], limit: Int) -> [String] {
  let wanted = Array(name.lowercased())
  guard !wanted.isEmpty else { return [] }
  let completions = candidates.indices.filter { candidates[$0].lowercased().hasPrefix(name.lowercased()) }
  let completion = completions.count == 1 && wanted.count >= 3 ? completions.first : nil
  let ranked = candidates.indices.compactMap { index -> (distance: Int, index: Int)? in
    if index == completion { return (0, index) }
    let letters = Array(candidates[index].lowercased())
    let allowed = max(1, max(wanted.count, letters.count) / 3)
    guard abs(wanted.count - letters.count) <= allowed else { return nil }
    let distance = editDistance(wanted, letters)
    return distance <= allowed ? (distance, index) : nil
  }
  return ranked.sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.prefix(limit).map {
    candidates[$0.index]
  }
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
