// Quantiles of the Azure LLM inference traces of 16 November 2023 (Splitwise, ISCA 2024), published by Microsoft under
// CC-BY-4.0: https://github.com/Azure/AzurePublicDataset. Percentiles are interpolated linearly between order statistics.
// Points were chosen so that the table's mean is within 1 % and its coefficient of variation within 4 % of the trace's.
extension QuantileTable {
  /// Prompt tokens of the Azure conversation trace; mean 1154.7.
  static let azureConversationPrompt = QuantileTable([
    (0, 2), (1, 29), (5, 181), (10, 207), (25, 396), (30, 403), (50, 1020), (75, 1189), (80, 1315),
    (90, 2734.5), (95, 4083), (99, 4142), (99.7, 5277), (99.9, 6179.15), (100, 14050),
  ])

  /// Generated tokens of the Azure conversation trace; mean 211.1.
  static let azureConversationOutput = QuantileTable([
    (0, 7), (1, 16), (5, 41), (10, 54), (25, 85), (50, 129), (60, 177), (75, 395), (90, 424), (95, 451),
    (99, 601), (100, 1000),
  ])

  /// Prompt tokens of the Azure code trace; mean 2047.8.
  static let azureCodePrompt = QuantileTable([
    (0, 3), (1, 17), (5, 75), (10, 147), (15, 232), (25, 578), (40, 1075), (50, 1469), (60, 1909),
    (70, 2433), (75, 2744.5), (80, 3192.4), (85, 3920.2), (90, 5187.6), (92.5, 6097), (95, 7303.3),
    (99, 7436), (100, 7437),
  ])

  /// Generated tokens of the Azure code trace; mean 27.88.
  static let azureCodeOutput = QuantileTable([
    (0, 6), (1, 6), (5, 6), (10, 7), (15, 7), (25, 9), (30, 9), (50, 13), (55, 14), (70, 20), (75, 24),
    (80, 29), (85, 39), (90, 55), (92.5, 69), (95, 90), (96, 105), (97.5, 145), (98.5, 200.73),
    (99, 251.46), (99.4, 310.276), (99.6, 401.368), (99.7, 511.736), (99.95, 885.184), (99.98, 1019.43),
    (100, 1899),
  ])

  /// Seconds between requests of the Azure code trace; mean 0.38965 s, coefficient of variation 13.15.
  static let azureCodeGaps = QuantileTable([
    (0, 6e-06), (1, 2.217e-05), (5, 8.8e-05), (10, 0.000209), (25, 0.002077), (40, 0.0151),
    (50, 0.0638), (75, 0.104), (85, 0.1988), (90, 0.2729), (95, 0.4008), (98, 0.7987), (98.5, 1.099),
    (99, 2.205), (99.2, 2.928), (99.5, 9.978), (99.6, 17.25), (99.8, 41.41), (99.9, 79.23),
    (99.95, 132.5), (99.99, 178.7), (100, 217.2),
  ])
}
