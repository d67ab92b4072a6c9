import ArgumentParser
import Extraction
import Foundation
import Pipeline

struct BenchExtract: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Pages a second of text extraction, each file in a process of its own as when it is handed in.",
    discussion: "A page is one of a PDF, a slide or a sheet; of files without pages, 3,000 characters.")

  @Argument(help: "Folders with documents.") var folders: [String]
  @Option(help: "How many files at once.") var atOnce = 2
  @Option(help: "The goal, in pages a second; missing it is a failure.") var goal: Double?

  func run() async throws {
    let files = folders.flatMap { folder -> [URL] in
      let walk = FileManager.default.enumerator(
        at: URL(fileURLWithPath: folder), includingPropertiesForKeys: nil)
      return (walk?.allObjects as? [URL] ?? []).filter {
        DocumentFormat(fileName: $0.lastPathComponent) != nil
      }
    }.sorted { $0.path < $1.path }
    guard !files.isEmpty else {
      throw ValidationError("there are no documents in \(folders.joined(separator: ", "))")
    }
    let clock = ContinuousClock()
    let (start, used) = (clock.now, processorSeconds() + processorSeconds(ofChildren: true))
    let results = try await extract(files)
    let seconds = (clock.now - start).seconds
    let processor = processorSeconds() + processorSeconds(ofChildren: true) - used
    for result in results.sorted(by: { $0.name < $1.name }) where result.failure != nil {
      print("\(result.name): \(result.failure ?? "")")
    }
    let pages = results.reduce(0) { $0 + $1.pages }
    let read = results.count { $0.failure == nil }
    let rate = Double(pages) / seconds
    print(
      "\(read) of \(files.count) files, \(pages) pages, \(results.reduce(0) { $0 + $1.characters }) characters in "
        + String(format: "%.1f s: %.0f pages/s by the clock", seconds, rate))
    print(
      String(
        format:
          "%.1f s of processor time, starting the first process included: %.0f pages/s of one core, %.2f ms a file",
        processor, Double(pages) / processor, processor / Double(files.count) * 1_000))
    if let goal, rate < goal { throw ExitCode(1) }
  }

  private struct Extraction: Sendable {
    let name: String
    var pages = 0
    var characters = 0
    var failure: String?
  }

  private func extract(_ files: [URL]) async throws -> [Extraction] {
    let process = ExtractionProcess.byOwnExecutable()
    // Only of what has ended is it known what its children used.
    defer { process.end() }
    return try await withThrowingTaskGroup(of: Extraction.self) { group in
      var results: [Extraction] = []
      for (index, file) in files.enumerated() {
        if index >= atOnce, let result = try await group.next() { results.append(result) }
        group.addTask { try await Self.extract(file, by: process) }
      }
      for try await result in group { results.append(result) }
      return results
    }
  }

  private static func extract(_ file: URL, by process: ExtractionProcess) async throws -> Extraction {
    guard let format = DocumentFormat(fileName: file.lastPathComponent) else {
      return Extraction(name: file.lastPathComponent)
    }
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try extract(file, format, process) })
      }
    }
  }

  private static func extract(
    _ file: URL, _ format: DocumentFormat, _ process: ExtractionProcess
  ) throws -> Extraction {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var result = Extraction(name: file.lastPathComponent)
    do {
      try process.run(
        format, descriptor: handle.fileDescriptor, isCancelled: { false }
      ) { extracted in
        switch extracted {
        case .block(let block): result.characters += block.text.count
        // Of what has no pages, hundredths are told.
        case .progress(let done, _): if [.pdf, .pptx, .xlsx].contains(format) { result.pages = done }
        }
      }
    } catch let error as ExtractionError { result.failure = error.description }
    if result.pages == 0, result.failure == nil { result.pages = max(1, result.characters / 3_000) }
    return result
  }
}
