/// Tells how far a file is read whose pieces nobody counts: in hundredths, each once.
struct HundredthsRead {
  private let emit: Extractor.Emit
  private var told = 0

  init(_ emit: @escaping Extractor.Emit) { self.emit = emit }

  /// - Parameters:
  ///   - done: of `total`; either may be wrong in a file that lies about itself.
  mutating func note(_ done: Int, of total: Int) throws {
    let hundredths = total > 0 ? Int(min(100, Double(max(0, done)) / Double(total) * 100)) : 100
    guard hundredths > told else { return }
    told = hundredths
    try emit(.progress(done: hundredths, of: 100))
  }
}
