import Crypto

/// Comparison of secrets.
package enum ConstantTime {
  /// False for no or an empty expectation, which anyone could meet. Digests are compared, which are of one length
  /// whatever the texts are.
  package static func isEqual(_ given: String?, _ expected: String?) -> Bool {
    guard let given, let expected, !expected.isEmpty else { return false }
    return SHA256.hash(data: Array(given.utf8)) == SHA256.hash(data: Array(expected.utf8))
  }
}
