/// What Meta's error codes say about a message of WhatsApp (WhatsApp Cloud API, "Error codes").
enum WhatsAppErrorCode {
  /// nil for a code of the Graph API, and one that says nothing for certain, such as one that Meta added later.
  static func verdict(_ code: Int) -> GraphErrorCode.Verdict? {
    switch code {
    // Counted against a limit before any message is made.
    case 80007, 130429, 132069: .notTaken("throttled", nil)
    // One message in 6 seconds to the same contact, after a burst.
    case 131056: .notTaken("chat-throttled", .seconds(6))
    // WhatsApp's own service or the account is closed for now, and said so instead of taking the message.
    case 131016, 131057, 133004: .notTaken("unavailable", nil)

    // "Something went wrong": "message failed to send due to an unknown error".
    case 131000: .notTaken("server-error", nil)

    case 131005: .rejected("unauthorised")
    case 131045, 133010: .rejected("unknown-account")
    case 131031, 131037: .rejected("account-restricted")
    case 131042, 131044: .rejected("payment-required")
    // Counted among the throttling codes, but people's complaints caused them: no time is named after which they
    // end, and going on makes them worse.
    case 131048, 131064: .rejected("account-limited")
    case 130497: .rejected("country-restricted")
    case 131047: .rejected("outside-window")
    case 131049, 130472, 132068: .rejected("held-back")
    case 131050: .rejected("opted-out")
    case 131021, 131026, 131030, 131062: .rejected("invalid-recipient")
    case 131008, 131009, 131051, 131052, 135000: .rejected("invalid-request")
    case 131053: .rejected("unsupported")
    // Templates: absent, paused or disabled; those for marketing are turned off here; what goes into their places.
    case 132001, 132015, 132016: .rejected("unknown-template")
    case 131063: .rejected("not-configured")
    case 132005: .rejected("text-too-long")
    case 132000, 132007, 132008, 132012, 132018: .rejected("invalid-request")
    default: nil
    }
  }
}
