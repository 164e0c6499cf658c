"""What this computer is doing: processor, memory, graphics memory, and what the processes of model servers take."""
