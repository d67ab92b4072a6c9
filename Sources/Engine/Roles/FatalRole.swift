import ArgumentParser
import Foundation

/// Ends the process with a line that says which role could not go on, and why.
enum FatalRole {
  static func end(_ role: String, _ error: any Error) -> Never {
    FileHandle.standardError.write(Data("aigentable: \(role) cannot go on: \(error)\n".utf8))
    Aigentable.leave(with: ExitCode(70))
  }
}
