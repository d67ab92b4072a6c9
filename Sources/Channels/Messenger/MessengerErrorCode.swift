import HTTPClient
import JSON

/// What Meta's error codes say about a message of Messenger or Instagram (Messenger Platform, "Common error codes").
enum MessengerErrorCode {
  /// nil for a code of the Graph API, and one that says nothing for certain, such as one that Meta added later.
  static func verdict(_ code: Int, subcode: Int?) -> GraphErrorCode.Verdict? {
    switch (code, subcode) {
    case (_, 2018001): .rejected("invalid-recipient")
    case (_, 2018065), (_, 2018108), (_, 2018278), (_, 2534022): .rejected("outside-window")
    case (_, 1545041), (551, _): .rejected("blocked")
    case (_, 2018109): .rejected("too-large")
    // "Message failed to send because another app is controlling this thread now", with the code of a permission.
    case (_, 2018300): .rejected("not-in-control")
    // Counted against a limit of the page or account before any message is made.
    case (80001, _), (80002, _), (80006, _): .notTaken("throttled", nil)
    // "Temporary send message failure".
    case (1200, _): .notTaken("unavailable", nil)
    default: nil
    }
  }

  /// What an answer says; `accepted` with the id in `member`.
  static func outcome(of response: HTTPResponse, member: String) -> SendOutcome {
    let error =
      (200..<300).contains(response.status) ? nil : (try? JSONValue(parsing: response.body))?["error"]
    let subcode = error?["error_subcode"]?.int.flatMap { Int(exactly: $0) }
    return GraphAnswer.outcome(
      of: response,
      messageID: { $0[member]?.messengerID },
      verdict: { verdict($0, subcode: subcode) }
    )
  }
}
