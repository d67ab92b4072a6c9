/// What the error codes of the Graph API mean on every platform (Meta for Developers, Graph API, "Handle errors").
enum GraphErrorCode {
  enum Verdict: Equatable {
    case notTaken(String, Duration?)
    case rejected(String)

    var reason: String {
      switch self {
      case .notTaken(let reason, _), .rejected(let reason): reason
      }
    }
  }

  /// nil for a code that says nothing for certain, such as one that Meta added later.
  static func verdict(_ code: Int) -> Verdict? {
    switch code {
    // Counted against a limit before any message is made.
    case 4, 17, 32, 613: .notTaken("throttled", nil)
    // "API Unknown" and "API Service": "wait and retry the operation".
    case 1, 2: .notTaken("server-error", nil)
    case 0, 3, 10, 102, 190, 200..<300: .rejected("unauthorised")
    case 33: .rejected("unknown-account")
    case 100: .rejected("invalid-request")
    case 368: .rejected("account-restricted")
    default: nil
    }
  }
}
