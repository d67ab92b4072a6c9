import ArgumentParser
import Extraction
import Foundation

/// What the engine starts for each document: the file on standard input, lines of JSON on standard output.
struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take the text out of the file on standard input.", shouldDisplay: false)

  @Argument var format: DocumentFormat

  func run() { ExtractionWorker.run(format, limits: ExtractionLimits()) }
}

extension DocumentFormat: ExpressibleByArgument {}

extension ExtractionProcess {
  /// By this executable.
  static var ownExecutable: ExtractionProcess {
    let linked = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ExtractionProcess(command: [linked ?? CommandLine.arguments[0], "extract"])
  }
}
