/// Reads a question and the passages found for it together, and says how well each answers it.
///
/// The scores come in the order of the passages, one for each, or none at all. The call is bounded in time: a
/// customer waits, and the order in which the passages were found is no bad one.
package protocol Reranker: Sendable {
  /// The model's name, for the record.
  var name: String { get }
  func scores(of passages: [String], for question: String) async throws(RerankError) -> [Double]
}

package struct RerankError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
