import Foundation

/// What a figure of a benchmark is to be, and whether it is.
struct BenchGoal: Encodable, Sendable {
  enum Bound: String, Encodable, Sendable {
    case atLeast = "at least"
    case below
  }

  let what: String
  let figure: Double
  let bound: Bound
  let limit: Double
  /// False for a run that is smaller than what the goal speaks of.
  let isFullSize: Bool

  init(_ what: String, _ figure: Double, _ bound: Bound, _ limit: Double, isFullSize: Bool) {
    self.what = what
    self.figure = figure
    self.bound = bound
    self.limit = limit
    self.isFullSize = isFullSize
  }

  var isMet: Bool {
    switch bound {
    case .atLeast: figure >= limit
    case .below: figure < limit
    }
  }

  var description: String {
    "\(what): \(Self.digits(figure)), \(bound.rawValue) \(Self.digits(limit)) is wanted: "
      + (isMet ? "met" : "MISSED") + (isFullSize ? "" : ", too small to count")
  }

  /// Of shares, the second digit counts.
  private static func digits(_ number: Double) -> String {
    String(format: abs(number) < 10 ? "%.2f" : "%.0f", number)
  }

  enum CodingKeys: String, CodingKey {
    case what, figure, bound, limit
    case isMet = "met"
    case isFullSize = "full_size"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(what, forKey: .what)
    try container.encode(figure, forKey: .figure)
    try container.encode(bound, forKey: .bound)
    try container.encode(limit, forKey: .limit)
    try container.encode(isMet, forKey: .isMet)
    try container.encode(isFullSize, forKey: .isFullSize)
  }
}
