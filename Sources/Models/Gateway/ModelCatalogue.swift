/// The chat models that the engine is configured with, by name, and what each and each tenant may use up.
package struct ModelCatalogue: Sendable {
  /// The first one is asked where an agent names none.
  package let models: [ConfiguredModel]
  /// What is asked after it, in order, where an agent does not say.
  package let fallbacks: [String]
  /// Of each tenant, all its agents together.
  package let tenantLimits: UseLimits
  /// Tenants that have others, by id.
  package let limitsOfTenants: [String: UseLimits]
  /// ISO 4217; of every price.
  package let currency: String
  /// Whether a name that is not here is asked for at the first one's server, as a name that the provider knows.
  package let passesNamesOn: Bool

  package init(
    models: [ConfiguredModel], fallbacks: [String] = [], tenantLimits: UseLimits = UseLimits(),
    limitsOfTenants: [String: UseLimits] = [:], currency: String = "USD", passesNamesOn: Bool = false
  ) {
    self.models = models
    self.fallbacks = fallbacks
    self.tenantLimits = tenantLimits
    self.limitsOfTenants = limitsOfTenants
    self.currency = currency
    self.passesNamesOn = passesNamesOn
  }

  /// Whether anything but an agent's own limits bounds what is used up.
  package var isLimited: Bool {
    !tenantLimits.isUnbounded || !limitsOfTenants.isEmpty || models.contains { !$0.limits.isUnbounded }
  }

  package subscript(name: String) -> ConfiguredModel? {
    if let model = models.first(where: { $0.name == name }) { return model }
    guard passesNamesOn, var model = models.first else { return nil }
    model.model = name
    return model
  }

  /// The names to ask, in order, without repetition; empty when no model is configured.
  package func chain(first: String?, then others: [String]?) -> [String] {
    guard let standard = models.first else { return [] }
    return ([first ?? standard.name] + (others ?? fallbacks)).reduce(into: []) { chain, name in
      if !chain.contains(name) { chain.append(name) }
    }
  }

  package func limits(ofTenant id: String) -> UseLimits { limitsOfTenants[id] ?? tenantLimits }
}

/// One model of one server.
package struct ConfiguredModel: Sendable {
  /// What agents call it.
  package let name: String
  /// What the provider calls it; with Azure, the deployment.
  package internal(set) var model: String
  package let timeout: Duration
  /// What it reads and writes at most, in tokens.
  package let contextTokens: Int
  package let takesTools: Bool
  /// Nil when nobody said: then its replies have no cost.
  package let price: ModelPrice?
  /// Of all tenants together.
  package let limits: UseLimits

  package init(
    name: String, model: String? = nil, timeout: Duration = .seconds(60), contextTokens: Int = 8_192,
    takesTools: Bool = true, price: ModelPrice? = nil, limits: UseLimits = UseLimits()
  ) {
    self.name = name
    self.model = model ?? name
    self.timeout = timeout
    self.contextTokens = contextTokens
    self.takesTools = takesTools
    self.price = price
    self.limits = limits
  }
}

/// In units of the currency per million tokens, which is millionths of the unit per token.
package struct ModelPrice: Sendable, Equatable {
  package let input: Double
  package let output: Double

  package init(input: Double, output: Double) {
    self.input = input
    self.output = output
  }

  /// In millionths of the unit, rounded up: what is charged is never above what is counted.
  package func micros(_ usage: ChatUsage) -> Int64 {
    let cost = Double(usage.promptTokens) * input + Double(usage.completionTokens) * output
    // A hair below a whole number is that number.
    return Int64(max(0, min(cost - 1e-6, 9e15)).rounded(.up))
  }
}

/// What may be used up; nil for no bound.
package struct UseLimits: Sendable, Equatable {
  package var requestsPerMinute: Int?
  package var tokensPerDay: Int?
  package var costPerDayMicros: Int64?

  package init(requestsPerMinute: Int? = nil, tokensPerDay: Int? = nil, costPerDayMicros: Int64? = nil) {
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerDay = tokensPerDay
    self.costPerDayMicros = costPerDayMicros
  }

  package var isUnbounded: Bool { self == UseLimits() }
}
