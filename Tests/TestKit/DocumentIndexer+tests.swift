import Extraction
import Foundation
import Knowledge
import Pipeline
import Postgres

extension ExtractionProcess {
  /// By the executable that `AIGENTABLE_BINARY` names, or the debug build's.
  package static func forTests(_ limits: ExtractionLimits = ExtractionLimits()) -> ExtractionProcess {
    let binary =
      ProcessInfo.processInfo.environment["AIGENTABLE_BINARY"]
      ?? TestDatabase.home.folder(".build/debug/aigentable").path
    return ExtractionProcess(command: [binary, "extract"], limits: limits)
  }
}

extension DocumentIndexer {
  package static func forTests(
    _ environment: StageEnvironment, embedder: (any Embedder)? = nil, store: (any VectorStore)? = nil
  ) -> DocumentIndexer {
    DocumentIndexer(
      pool: environment.pool, keyring: environment.keyring, extraction: .forTests(), embedder: embedder,
      store: store)
  }
}
