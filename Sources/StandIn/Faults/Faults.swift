/// What goes wrong on purpose. Rates are shares of the calls, 0 to 1, and add up to at most 1.
///
/// In JSON: `{"seed":7,"latency_ms":[50,200],"error_rate":0.1,"error_status":429,"error_code":130429,
/// "drop_before_rate":0.01,"drop_after_rate":0.01}`; what is left out has its default.
package struct Faults: Encodable, Sendable, Equatable {
  /// The same seed and the same order of calls give the same faults.
  package var seed: UInt64
  /// Waited before a call is looked at, evenly spread, in milliseconds, both bounds included.
  package var latency: ClosedRange<Int>
  /// Calls answered with `errorStatus` and `errorCode`, and not taken.
  package var errorRate: Double
  package var errorStatus: Int
  package var errorCode: Int
  /// Connections closed without an answer where nothing was taken.
  package var dropBeforeRate: Double
  /// Connections closed without an answer where the message was taken.
  package var dropAfterRate: Double

  /// The longest wait, in milliseconds.
  static let maximumLatency = 600_000

  package init(
    seed: UInt64 = 1,
    latency: ClosedRange<Int> = 0...0,
    errorRate: Double = 0,
    errorStatus: Int = 500,
    errorCode: Int = 131000,
    dropBeforeRate: Double = 0,
    dropAfterRate: Double = 0
  ) {
    self.seed = seed
    self.latency = latency
    self.errorRate = errorRate
    self.errorStatus = errorStatus
    self.errorCode = errorCode
    self.dropBeforeRate = dropBeforeRate
    self.dropAfterRate = dropAfterRate
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case seed
    case latency = "latency_ms"
    case errorRate = "error_rate"
    case errorStatus = "error_status"
    case errorCode = "error_code"
    case dropBeforeRate = "drop_before_rate"
    case dropAfterRate = "drop_after_rate"
  }
}

extension Faults: Decodable {
  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    seed = try members.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
    latency = try members.decodeIfPresent(ClosedRange<Int>.self, forKey: .latency) ?? latency
    errorRate = try members.decodeIfPresent(Double.self, forKey: .errorRate) ?? errorRate
    errorStatus = try members.decodeIfPresent(Int.self, forKey: .errorStatus) ?? errorStatus
    errorCode = try members.decodeIfPresent(Int.self, forKey: .errorCode) ?? errorCode
    dropBeforeRate = try members.decodeIfPresent(Double.self, forKey: .dropBeforeRate) ?? dropBeforeRate
    dropAfterRate = try members.decodeIfPresent(Double.self, forKey: .dropAfterRate) ?? dropAfterRate
  }

  /// What is wrong with the values, nil when nothing is.
  var problem: String? {
    let rates = [errorRate, dropBeforeRate, dropAfterRate]
    if !rates.allSatisfy({ (0...1).contains($0) }) { return "a rate is outside of 0 to 1" }
    if rates.reduce(0, +) > 1 { return "the rates add up to more than 1" }
    if latency.lowerBound < 0 || latency.upperBound > Self.maximumLatency {
      return "latency_ms is outside of 0 to \(Self.maximumLatency)"
    }
    if !(400...599).contains(errorStatus) { return "error_status is outside of 400 to 599" }
    return nil
  }
}
