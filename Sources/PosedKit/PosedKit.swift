// Placeholder until the first file of PosedKit lands.
