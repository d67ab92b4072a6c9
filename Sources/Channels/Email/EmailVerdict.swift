import Mail

/// What a server's answer means for the message (RFC 5321, section 4.2; RFC 3463).
enum EmailVerdict {
  static func outcome(of submission: MailSubmission, providerID: String) -> SendOutcome {
    switch submission {
    case .accepted: .accepted(providerID: providerID)
    case .uncertain(let error): .uncertain(reason: error.code.rawValue)
    case .notAccepted(let error): outcome(of: error)
    }
  }

  private static func outcome(of error: MailError) -> SendOutcome {
    guard let reply = error.reply, reply.code >= 400 else {
      switch error.code {
      case .invalidRequest, .unauthorised: return .rejected(reason: error.code.rawValue, code: nil)
      default: return .notTaken(reason: error.code.rawValue, code: nil, retryAfter: nil)
      }
    }
    if reply.isTransient {
      return .notTaken(
        reason: reply.isThrottling ? "throttled" : "unavailable", code: reply.code, retryAfter: nil)
    }
    return .rejected(reason: reply.refusal, code: reply.code)
  }
}

extension SMTPReply {
  /// 421, 450 and 451 are what servers say to those who come too often, or for the first time.
  fileprivate var isThrottling: Bool {
    detail?.hasPrefix("7.") == true || detail == "4.5"
      || [421, 450, 451].contains(code) && command != .session
  }

  fileprivate var refusal: String {
    if [530, 534, 535, 538].contains(code) || command == .authentication { return "unauthorised" }
    switch detail {
    case "1.1", "1.2", "1.3", "1.6", "1.10", "2.1": return "invalid-recipient"
    case "2.2": return "blocked"
    case "2.3", "3.4": return "too-large"
    case "7.8", "7.9": return "unauthorised"
    default: break
    }
    switch command {
    case .sender: return "account-restricted"
    case .recipient: return detail?.hasPrefix("7.") == true ? "held-back" : "invalid-recipient"
    case .message: return code == 552 ? "too-large" : "held-back"
    case .session, .authentication: return "account-restricted"
    }
  }
}
