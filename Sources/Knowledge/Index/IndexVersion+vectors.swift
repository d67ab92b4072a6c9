import Postgres

extension IndexVersion {
  /// Whether its vectors can be compared with those of a model.
  package func holdsVectors(of model: EmbeddingModel) -> Bool {
    self.model == model.name && dimensions == model.dimensions
  }

  /// Whether it has texts that the model embeds.
  package func hasTexts(for model: EmbeddingModel, in transaction: Transaction) throws -> Bool {
    try transaction.execute(
      "select exists (select from \(schema).chunk where $1::text[] is null or language::text = any ($1))",
      [model.languages.map { .texts(Array($0)) } ?? .null])[0].bool(0)
  }

  /// Whether it still has the place that Postgres keeps vectors in: that goes with pgvector when it is removed.
  package func hasPlaceForVectors(in transaction: Transaction) throws -> Bool {
    try transaction.execute(
      """
      select exists (
        select from pg_attribute
        where attrelid = to_regclass($1) and attname = 'vector' and not attisdropped)
      """, [.text("\(schema).embedding")])[0].bool(0)
  }
}
