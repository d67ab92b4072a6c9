import ArgumentParser
import Extraction
import Foundation

/// What the engine reads documents with (`Zygote`). With a format: the file on standard input, lines of JSON on standard
/// output, for whoever wants to see what becomes of a file.
struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take the text out of the file on standard input.", shouldDisplay: false)

  @Argument var format: DocumentFormat?

  func run() {
    if let format {
      ExtractionWorker.run(format, limits: ExtractionLimits())
    } else {
      ZygoteWorker.run(limits: ExtractionLimits())
    }
  }
}

extension DocumentFormat: ExpressibleByArgument {}

extension ExtractionProcess {
  /// By this executable.
  static let ownExecutable = byOwnExecutable()

  /// Another one, whose zygote ends with it.
  static func byOwnExecutable() -> ExtractionProcess {
    let linked = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ExtractionProcess(command: [linked ?? CommandLine.arguments[0], "extract"])
  }
}
