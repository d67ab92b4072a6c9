extension IndexVersion {
  /// Whether its vectors can be compared with those of a model.
  package func holdsVectors(of model: EmbeddingModel) -> Bool {
    self.model == model.name && dimensions == model.dimensions
  }
}
