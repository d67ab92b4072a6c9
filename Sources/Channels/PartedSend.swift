/// Sends a message that takes several calls, one after the other.
///
/// Once a part was taken, the message cannot be sent again as a whole: that would repeat it. What was taken is said in
/// every outcome, and sending goes on behind it when the message comes again with that as its `taken`.
enum PartedSend {
  /// - Parameters:
  ///   - count: of all parts.
  ///   - taken: the ids of the first parts, which went before.
  ///   - part: sends the part with this number.
  static func send(
    _ count: Int, after taken: [String], _ part: (_ number: Int) async -> SendOutcome
  ) async -> SendOutcome {
    var taken = taken
    // What was planned for the rest is no longer what it was, because the message may not be sent as it was begun.
    guard taken.count < count else {
      return taken.isEmpty
        ? .rejected(reason: "empty-text", code: nil) : .uncertain(reason: "partly-taken", parts: taken)
    }
    for number in taken.count..<count {
      let outcome = await part(number)
      switch outcome {
      case .accepted(let id, _): taken.append(id)
      case _ where taken.isEmpty: return outcome
      case .notTaken(let reason, let code, let retryAfter):
        return .partlyTaken(ids: taken, reason: reason, code: code, retryAfter: retryAfter)
      case .unconfirmed(let reason, _): return .unconfirmed(reason: reason, parts: taken)
      case .rejected, .uncertain, .partlyTaken: return .uncertain(reason: "partly-taken", parts: taken)
      }
    }
    let last = taken.removeLast()
    return .accepted(providerID: last, earlier: taken)
  }
}
