/// What became of an attachment that was to be fetched. Reasons are stable words in lower case, as in
/// `SendOutcome`.
package enum FetchOutcome: Sendable, Equatable {
  /// - mediaType: as the provider says now, lower case and without parameters; nil when it says nothing.
  case fetched(bytes: [UInt8], mediaType: String?)
  /// May be tried again, not before `retryAfter` where the provider names a time.
  case notFetched(reason: String, code: Int?, retryAfter: Duration?)
  /// Would fail again: `gone`, `too-large`, `wrong-checksum`, `unauthorised`, `unsupported`.
  case failed(reason: String, code: Int?)
}
