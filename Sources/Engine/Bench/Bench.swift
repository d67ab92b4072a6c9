import ArgumentParser

struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure: our rate, the raw ceiling of the same run, and their ratio.",
    subcommands: [
      BenchAppend.self, BenchPipeline.self, BenchProject.self, BenchRebuild.self, BenchAPI.self,
      BenchKill.self, BenchIntent.self, BenchVerify.self, BenchWhatIf.self, BenchExtract.self,
      BenchRetrieval.self,
      BenchChannels.self, BenchErase.self, BenchCopy.self, BenchFirstToken.self, BenchBackfill.self,
      BenchUsers.self, BenchSimulate.self, BenchFaults.self, BenchGrowth.self, BenchStage.self,
    ])
}
