import JSON

/// The header `X-Business-Use-Case-Usage` of an answer: how much of its limits a business has used, by what it does
/// (Graph API, "Rate limits", "Business use case rate limits").
enum BusinessUsage {
  /// The longest time that is asked for, at most a day; nil when none is.
  static func timeToRegainAccess(_ header: String?) -> Duration? {
    guard let header, header.utf8.count <= 16 << 10, let usage = try? JSONValue(parsing: header.utf8) else {
      return nil
    }
    let minutes = (usage.object ?? []).flatMap { $0.value.array ?? [] }
      .compactMap { $0["estimated_time_to_regain_access"]?.int }
    guard let longest = minutes.max(), (1...1_440).contains(longest) else { return nil }
    return .seconds(longest * 60)
  }
}
