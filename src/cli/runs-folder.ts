/** Where runs are kept, below the folder in which chokepoint is called. */
export const runsFolder = '.chokepoint/runs';
