/// The marks of passages in an answer: `[1]`, `[1, 2]`.
package enum Citations {
  /// The numbers in order, each once.
  package static func marks(in text: String) -> [Int] {
    var numbers: [Int] = []
    for part in text.split(separator: "[").dropFirst() {
      guard let end = part.firstIndex(of: "]") else { continue }
      let inside = part[..<end].split { ",; ".contains($0) }.map { Int($0) }
      guard !inside.isEmpty, inside.allSatisfy({ ($0 ?? 0) > 0 && ($0 ?? 0) < 1_000 }) else { continue }
      for number in inside.compactMap(\.self) where !numbers.contains(number) { numbers.append(number) }
    }
    return numbers
  }
}
