import FoundationEssentials

extension MessageID {
  /// The id of a message that a contact wrote, or that came as an echo: it is made of the provider's.
  ///
  /// What we send has an id of our own, so for a provider's id of that this gives the id of no message.
  /// - Parameter providerHMAC: as in `message.received`.
  package init(providerHMAC: String, in tenant: TenantID) {
    self.init(UUID.version5(of: providerHMAC, in: tenant.uuid))
  }
}
