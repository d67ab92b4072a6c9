import ArgumentParser
import Extraction
import Foundation
import Pipeline

struct BenchExtract: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Pages a second of text extraction, each file in a process of its own as when it is handed in.",
    discussion: """
      A page is one of a PDF, a slide or a sheet; of files without pages, 3,000 characters. Of the cases it is counted, \
      too, how many of the texts that pdfminer, mammoth and pypdf expect are reproduced; one that is not is a failure.
      """)

  @Argument(help: "Folders with documents; without any, those of the cases.") var folders: [String] = []
  @Option(help: "The folder that holds documents/pdfminer, documents/mammoth and documents/pypdf.")
  var cases: String?
  @Option(help: "How many files at once.") var atOnce = 2
  @Option(help: "The goal, in pages a second; missing it is a failure.") var goal: Double?

  func run() async throws {
    let path = cases ?? ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] ?? "../shared/cases"
    let known = URL(fileURLWithPath: path).appendingPathComponent("documents")
    let expected = folders.isEmpty || cases != nil ? try ExpectedText.all(in: known) : []
    let isFastEnough = try await measure(folders.isEmpty ? [known.path] : folders)
    let isReproduced = expected.isEmpty ? true : try await compare(expected, in: known)
    if !isFastEnough || !isReproduced { throw ExitCode(1) }
  }

  /// Returns whether the goal is met.
  private func measure(_ folders: [String]) async throws -> Bool {
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
    return goal.map { rate >= $0 } ?? true
  }

  /// Returns whether all are reproduced.
  private func compare(_ expected: [ExpectedText], in folder: URL) async throws -> Bool {
    let process = ExtractionProcess.byOwnExecutable()
    defer { process.end() }
    var all = 0
    for project in ExpectedText.Project.allCases {
      let texts = expected.filter { $0.project == project }
      var reproduced = 0
      for text in texts {
        let path = "\(project.rawValue)/\(text.file)"
        let file = folder.appendingPathComponent(path)
        if let difference = try await Self.blocking({ Self.difference(text, of: file, by: process) }) {
          print("\(path): \(difference)")
        } else {
          reproduced += 1
          if let otherwise = text.otherwise { print("\(path): all but \(otherwise)") }
        }
      }
      print("\(project.rawValue): \(reproduced) of \(texts.count) expected texts reproduced")
      all += reproduced
    }
    print("\(all) of \(expected.count) expected texts reproduced")
    return all == expected.count
  }

  private static func difference(
    _ text: ExpectedText, of file: URL, by process: ExtractionProcess
  ) -> String? {
    guard let format = DocumentFormat(fileName: file.lastPathComponent) else { return "of no known format" }
    var blocks: [String] = []
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      try process.run(format, descriptor: handle.fileDescriptor, isCancelled: { false }) { extracted in
        if case .block(let block) = extracted { blocks.append(block.text) }
      }
    } catch let error as ExtractionError where error.code == .empty {
      // A document without a word in it is told as such.
      blocks = []
    } catch { return "cannot be read: \(error)" }
    return text.difference(from: blocks)
  }

  private static func blocking<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
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
    return try await blocking { try extract(file, format, process) }
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
