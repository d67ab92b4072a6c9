import Contracts

/// What ends a stage's run or parks an input.
package enum StageError: Error, CustomStringConvertible {
  /// Another owner has the lease: everything in memory is void.
  case leaseLost(StageName)
  /// `agents` or `tenants` have grown since the directory was folded: it is to catch up first.
  case directoryIsBehind
  /// The input cannot be processed by this software.
  case unprocessable(String)

  package var description: String {
    switch self {
    case .leaseLost(let stage): "a lease of \(stage) was lost"
    case .directoryIsBehind: "the directory has more to fold"
    case .unprocessable(let reason): reason
    }
  }
}
