import Contracts

/// What ends a stage's run or parks an input.
package enum StageError: Error, CustomStringConvertible {
  /// Another owner has the lease: everything in memory is void.
  case leaseLost(StageName)
  /// The input cannot be processed by this software.
  case unprocessable(String)

  package var description: String {
    switch self {
    case .leaseLost(let stage): "a lease of \(stage) was lost"
    case .unprocessable(let reason): reason
    }
  }
}
